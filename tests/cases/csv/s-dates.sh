#!/usr/bin/env bash
# Fifteen ways of writing an instant: four everyday ones are taken, the others are set aside with the reason.
. "$(dirname -- "$0")/../lib.sh"
begin 2026-10-01T12:00:00Z slow-video-stream
care import sessions "$here/s-dates.csv" --json --now 2026-10-01T12:00:00Z > said; code=$?; cat said
[ "$code" = 1 ] || fails "rows were set aside, and the exit code is $code"
care quarantine list --json --now 2026-10-01T12:00:00Z > aside || fails "quarantine list"
python3 - "$here/s-dates.csv" aside <<'PYTHON' || fails "not rows c, d, e and f alone"
import csv, json, sys

rows = [row[0] for row in csv.reader(open(sys.argv[1], encoding="utf-8"))]
aside = {rows[row["line"] - 1]: row["reason"] for row in json.load(open(sys.argv[2], encoding="utf-8"))["rows"]}
print("set aside:", *(f"\n  {name}: {reason}" for name, reason in sorted(aside.items())))
sys.exit(set(rows[1:]) - set(aside) != set("cdef") or not all(aside.values()))
PYTHON
holds "c, d, e and f are taken, the others are set aside with a reason each"
