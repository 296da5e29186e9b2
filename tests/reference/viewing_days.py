#!/usr/bin/env python3
"""The viewing days of sessions, worked out a second time.

Reads CSV from standard input: session_id,customer_id,time_zone,title,started_at,ended_at (seconds since 1970; empty
title: with a purchase), and prints `session_id,day` sorted by id. A day is 05:00 to 05:00 by the clock of the zone.
Sessions of one customer and title that follow each other within an hour belong together, as long as that moves none of
them by more than one day; the earlier day holds.
"""

import csv
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

PAUSE = 3600


def natural(started_at, zone):
    wall = datetime.fromtimestamp(started_at, timezone.utc).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return (wall - timedelta(hours=5)).date()


def days(sessions):
    chosen = {}
    for session in sorted(sessions, key=lambda each: int(each["started_at"])):
        own = natural(int(session["started_at"]), session["time_zone"])
        near = {day for other, day in chosen.values()
                if session["title"] and other["title"] == session["title"]
                and other["customer_id"] == session["customer_id"]
                and int(other["ended_at"]) >= int(session["started_at"]) - PAUSE}
        possible = [own - timedelta(days=1), own, own + timedelta(days=1)]
        chosen[session["session_id"]] = (session, next((day for day in possible if day in near), own))
    return {key: day for key, (_, day) in chosen.items()}


if __name__ == "__main__":
    for key, day in sorted(days(csv.DictReader(sys.stdin)).items()):
        print(f"{key},{day}")
