#!/usr/bin/env bash
# Two exports were put one behind the other, each with its header.
. "$(dirname -- "$0")/../lib.sh"
begin 2026-10-01T12:00:00Z slow-video-stream
care import sessions "$here/s-concatenated.csv" --now 2026-10-01T12:00:00Z > said || { cat said; fails "exit code 1"; }
cat said
grep -q ' 4 new, .* 0 set aside' said && holds "both headers are understood, four rows taken"
fails "not four rows"
