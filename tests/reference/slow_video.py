#!/usr/bin/env python3
"""Which recorded playbacks the job slow-video-stream must refund, worked out a second time.

Reads the recorded files under tests/data, turns each playback into a session as tests/data/README.md describes, and
applies the rule of the shipped job. Nothing here is shared with the product: that is its purpose.

Output, one line per purchase, sorted by purchase id:
    purchase_id,due,watch_seconds,stall_seconds,stall_count,longest_stall_seconds,score,reasons
longest_stall_seconds is empty where nobody recorded it; reasons are joined with "+".
"""

import argparse
import csv
import decimal
import math
import re
import sys
from decimal import Decimal
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data" / "streaming-qoe"
TARGET_BUFFER_MS = 16_000


class Session:
    """One playback, in exact seconds.

    `longest` is None when nobody recorded it; `after_last` (end of the last stall to the end of the session) is None
    when nobody recorded it or nothing stalled; `content` is the length of the film, None when nobody told it.
    """

    def __init__(self, purchase_id, watch, stall, count, longest=None, after_last=None, content=None):
        self.purchase_id = purchase_id
        self.watch = watch
        self.stall = stall
        self.count = count
        self.longest = longest
        self.after_last = after_last
        self.content = content


def youtube(path=None):
    """Every row of the YouTube recording as a session."""
    path = path or DATA / "youtube_playbacks_2015.csv"
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            overlength = Decimal(row["run_overlength"])
            yield Session(
                purchase_id="yt-" + row["run_id"],
                watch=Decimal(row["run_length"]),
                stall=max(overlength, Decimal(0)),
                count=int(row["pl_buffering_events"]),
            )


def milliseconds(seconds_text):
    """Delivery times were recorded in milliseconds; the digits behind are noise of binary fractions."""
    return int((Decimal(seconds_text) * 1000).quantize(Decimal(1), rounding=decimal.ROUND_HALF_UP))


def play(delivery_ms, chunk_ms):
    """The stalls of a playback whose media chunks took `delivery_ms`: a list of (length_ms, chunks still to play).

    Playback begins when the first chunk is there. The player asks for the next chunk as soon as it holds less than
    TARGET_BUFFER_MS minus one chunk; a chunk that takes longer than what the buffer holds stalls the picture.
    """
    stalls = []
    buffered = chunk_ms
    for index, delivery in enumerate(delivery_ms[1:], start=1):
        buffered = min(buffered, TARGET_BUFFER_MS - chunk_ms)
        if delivery > buffered:
            stalls.append((delivery - buffered, len(delivery_ms) - index))
        buffered = max(0, buffered - delivery) + chunk_ms
    return stalls


def lumos_session(path):
    """One Lumos file as a session."""
    chunk_ms = 1000 * int(re.search(r"_(\d+)s-", path.name).group(1))
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    delivery_ms = [milliseconds(row["delivery_time"]) for row in rows[1:]]  # the first row is the header of the film
    stalls = play(delivery_ms, chunk_ms)
    stall_ms = sum(length for length, _ in stalls)
    return Session(
        purchase_id="lumos-" + path.name.removesuffix(".csv"),
        watch=Decimal(len(delivery_ms) * chunk_ms + stall_ms) / 1000,
        stall=Decimal(stall_ms) / 1000,
        count=len(stalls),
        longest=Decimal(max((length for length, _ in stalls), default=0)) / 1000,
        after_last=Decimal(stalls[-1][1] * chunk_ms) / 1000 if stalls else None,
    )


def lumos(folder=None):
    """Every playback of the Lumos recording as a session."""
    for path in sorted((folder or DATA / "lumos-playback").glob("*/*.csv")):
        yield lumos_session(path)


def score(watch, stall, count):
    """Smoothness from 0 (unwatchable) to 100 (never stalled)."""
    by_count = 100 / math.sqrt(1 + (count / 2) ** 2)
    by_time = 100 * math.exp(-10 * float(stall / watch))
    return (by_count + by_time) / 2


def reasons(session):
    """Why a refund is due; empty when it is not."""
    found = []
    if session.watch >= 120:
        ratio = session.stall / session.watch
        if score(session.watch, session.stall, session.count) < 55 and ratio >= Decimal("0.01"):
            found.append("score")
        if ratio >= Decimal("0.05"):
            found.append("ratio")
        if session.longest is not None and session.longest >= 60:
            found.append("longest")
    over = session.content is not None and session.watch - session.stall >= session.content * Decimal("0.98")
    if session.longest is not None and session.after_last is not None and not over:
        if session.longest >= 10 and session.after_last <= 60:
            found.append("left")
    return found


def margin(session):
    """How far the session is from any threshold, relative to it: a warning where rounding could decide."""
    ratio = session.stall / session.watch
    points = [
        (float(session.watch), 120.0),
        (float(ratio), 0.01),
        (float(ratio), 0.05),
        (score(session.watch, session.stall, session.count), 55.0),
    ]
    return min(abs(value - threshold) / threshold for value, threshold in points)


def line(session):
    why = reasons(session)
    return ",".join([
        session.purchase_id,
        "true" if why else "false",
        str(session.watch),
        str(session.stall),
        str(session.count),
        "" if session.longest is None else str(session.longest),
        f"{score(session.watch, session.stall, session.count):.6f}",
        "+".join(why),
    ])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", choices=["youtube", "lumos", "all"], nargs="?", default="all")
    parser.add_argument("--due-only", action="store_true", help="print only the purchase ids that are to be refunded")
    parser.add_argument("--summary", action="store_true", help="tell counts and the closest call on standard error")
    arguments = parser.parse_args()

    sessions = []
    if arguments.source in ("youtube", "all"):
        sessions += youtube()
    if arguments.source in ("lumos", "all"):
        sessions += lumos()
    sessions.sort(key=lambda session: session.purchase_id)
    for session in sessions:
        if not arguments.due_only:
            print(line(session))
        elif reasons(session):
            print(session.purchase_id)
    if arguments.summary:
        due = sum(1 for session in sessions if reasons(session))
        closest = min(sessions, key=margin)
        print(f"{len(sessions)} playbacks, {due} refunds due; closest to a threshold: {closest.purchase_id} "
              f"({margin(closest):.2e} of it)", file=sys.stderr)


if __name__ == "__main__":
    main()
