"""Writes values as Python's own libraries write them, with the value that an import has to store.

usage: forms.py FOLDER. Each line of python.tsv: kind, column, text, and =VALUE (stored), !WORDS (set aside, with these
words in the reason) or -WORDS (left out, with these words). The other files all hold the rows of sessions.csv.
"""
import csv
import json
import locale
import sys
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path

out = Path(sys.argv[1])
rows = []


def value(kind, column, text, outcome):
    rows.append((kind, column, str(text), outcome))


def stored(instant):
    return "=%d" % (instant.timestamp() * 1000)


for zone in (timezone.utc, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))):
    for at in (datetime(2026, 3, 1, 10, 5, tzinfo=zone), datetime(2026, 3, 1, 0, 0, 31, 250000, tzinfo=zone)):
        for text in (at.isoformat(), str(at), at.isoformat(sep=" ", timespec="milliseconds"),
                     at.strftime("%Y-%m-%dT%H:%M:%S.%f%z"), at.strftime("%Y-%m-%d %H:%M:%S.%f %z"),
                     at.strftime("%Y/%m/%d %H:%M:%S.%f%z")):
            value("sessions", "started_at", text, stored(at))
        for text, why in ((at.replace(tzinfo=None).isoformat(), "has no offset"), (at.timestamp(), "is a number"),
                          (int(at.timestamp()), "is a number"), (time.strftime("%d/%m/%Y %H:%M", at.timetuple()), "begin"),
                          (at.strftime("%m-%d-%Y %H:%M"), "begin"), (at.date().isoformat(), "has no time of day"),
                          (format_datetime(at), "ISO 8601"), (at.strftime("%c"), "ISO 8601"),
                          (at.isoformat().replace("-", "\u2212", 2), "typographic"),
                          (at.strftime("%Y%m%dT%H%M%S%z"), "dashes and colons")):
            value("sessions", "started_at", text, "!" + why)
short = datetime(2026, 3, 1, 18, 5, tzinfo=timezone.utc)
value("sessions", "started_at", short.isoformat(timespec="minutes"), stored(short))
value("sessions", "started_at", short.strftime("%Y-%m-%d %H:%MZ"), stored(short))
value("sessions", "started_at", short.strftime("%Y-%m-%d %H:%M:%S,000 %Z"), stored(short))

for number in (1200, 1200.0, 1.2e3, Decimal("1200.00"), Decimal("1.2E+3"), "%.3f" % 1200, "%e" % 1200, "+1200", " 1200"):
    value("sessions", "watch_seconds", number, "=1200")
for number in (3, 3.0, 3e0, Decimal("3"), Decimal("3.00"), "%g" % 3):
    value("sessions", "stall_count", number, "=3")
for number, why in (("3,0", "comma"), (3.5, "whole"), ("1,200", "comma"), (float("inf"), "whole"), (10**20, "more than"),
                    (-1, "negative")):
    value("sessions", "stall_count", number, "!" + why)
for none in (None, float("nan"), "", json.dumps(None)):
    value("sessions", "longest_stall_seconds", none, "=")
for flag in (True, False):
    for text in (flag, int(flag), json.dumps(flag), str(flag).upper(), float(flag)):
        value("sessions", "startup_failed", text, "=%d" % flag)
value("sessions", "startup_failed", "perhaps", "!true or false")

for amount in (Decimal("4.99"), Decimal("4.9900"), 4.99, "%.2f" % 4.99):
    value("purchases", "amount", amount, "=499")
for amount in (5, 5.0, Decimal("5"), Decimal("5.00"), Decimal("0.5E+1")):
    value("purchases", "amount", amount, "=500")
for amount, why in (("4,99", "comma"), ("1,000.00", "comma"), (0.1 + 0.2, "decimals"), ("$4.99", "alone"), (-5, "negative")):
    value("purchases", "amount", amount, "!" + why)
for currency in ("USD", "usd", " usd "):
    value("purchases", "currency", currency, "=USD")
value("purchases", "currency", "US$", "!ISO 4217")

for name in ("de_DE", "de_DE.UTF-8", "de-de", locale.normalize("de_DE"), locale.normalize("german"), "DE_de@euro"):
    value("customers", "locale", name, "=de-DE")
for name in ("C", "POSIX", "C.UTF-8", "German"):
    value("customers", "locale", name, "-locale")
for zone in ("Europe/Berlin", "europe/berlin", "EUROPE/BERLIN", "W. Europe Standard Time", "w. europe standard time"):
    value("customers", "time_zone", zone, "=Europe/Berlin")
for zone in ("CEST", "UTC+2", "+02:00", "Berlin"):
    value("customers", "time_zone", zone, "-time zone")
for address in ("taro..sample@docomo.example", '"taro sample"@example.com'):
    value("customers", "email", address, "=" + address)
for address in ("taro", "taro@@example.com", "taro@example"):
    value("customers", "email", address, "-address")
value("premises", "county_fips", int("08015"), "=08015")
value("premises", "forecast_zone", "coz036", "=COZ036")

with open(out / "python.tsv", "w", encoding="utf-8", newline="") as file:
    for row in rows:
        file.write("\t".join(row) + "\n")

names = ["session_id", "customer_id", "content_id", "title", "started_at", "ended_at", "watch_seconds", "stall_seconds",
         "stall_count", "startup_failed"]
sessions = [["s%d" % i, "c1", "m", "A film, \"quoted\"" if i % 2 else "Film", short.isoformat(),
             (short + timedelta(minutes=20)).isoformat(), 1200.0, 15.0, 3.0, False] for i in range(6)]


def write(name, header, lines, encoding="utf-8", **form):
    with open(out / name, "w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, **form)
        writer.writerow(header)
        writer.writerows(lines)


write("sessions.csv", names, sessions)
write("semicolons.csv", names, sessions, delimiter=";")
write("tabs.csv", names, sessions, delimiter="\t", lineterminator="\n")
write("bars-quoted.csv", names, sessions, delimiter="|", quoting=csv.QUOTE_ALL)
write("mark-capitals.csv", [name.upper() for name in names], sessions, encoding="utf-8-sig")
write("blanks.csv", [" %s " % name.replace("_", " ").title() for name in names],
      [[" %s " % cell if isinstance(cell, str) and '"' not in cell else cell for cell in row] for row in sessions])
write("last-separator.csv", names + [""], [row + [""] for row in sessions])
write("last-separator-in-rows.csv", names, [row + ["", ""] for row in sessions])
order = list(reversed(range(len(names))))
with open(out / "joined.csv", "wb") as joined:
    for part, rest in enumerate((sessions[:2], sessions[2:4], sessions[4:])):
        head = names if part != 1 else [names[i].upper() for i in order]
        some = rest if part != 1 else [[row[i] for i in order] for row in rest]
        write("part", head, some, encoding="utf-8-sig", delimiter=";" if part == 2 else ",")
        joined.write((out / "part").read_bytes())
(out / "part").unlink()
played = names[:6] + ["play_seconds"] + names[7:]
write("play.csv", played, [row[:6] + [row[6] - row[7]] + row[7:] for row in sessions])
with open(out / "lines.ndjson", "w", encoding="utf-8-sig") as file:
    for row in sessions:
        file.write(json.dumps({name.upper(): cell for name, cell in zip(names, row)}) + ",\n")
