#!/usr/bin/env python3
"""Refunds for rentals that stalled, from cron: what one writes with sqlite3, csv and smtplib in an afternoon.

Takes in the day's purchases and sessions, finds the rentals that stalled too much, records a refund for each, mails the
customer and marks the refund as told. It can be started again: a refund is recorded once, and told until it is marked.
The rule is that of the job slow-video-stream. --tuned uses WAL and one SMTP connection for all mails.
"""

import argparse
import csv
import math
import smtplib
import sqlite3
from datetime import datetime, timedelta
from email.message import EmailMessage

SCHEMA = """
CREATE TABLE IF NOT EXISTS customers (customer_id TEXT PRIMARY KEY, email TEXT, name TEXT);
CREATE TABLE IF NOT EXISTS purchases (
  purchase_id TEXT PRIMARY KEY, customer_id TEXT, title TEXT, cents INTEGER, currency TEXT);
CREATE TABLE IF NOT EXISTS sessions (
  session_id TEXT PRIMARY KEY, customer_id TEXT, purchase_id TEXT, title TEXT, started_at TEXT, ended_at TEXT,
  watch_seconds REAL, stall_seconds REAL, stall_count INTEGER, longest_stall_seconds REAL,
  last_stall_seconds_before_end REAL, failure_cause TEXT);
CREATE INDEX IF NOT EXISTS sessions_ended ON sessions (ended_at);
CREATE INDEX IF NOT EXISTS sessions_purchase ON sessions (purchase_id);
CREATE TABLE IF NOT EXISTS refunds (
  purchase_id TEXT PRIMARY KEY, customer_id TEXT, cents INTEGER, currency TEXT, refunded_at TEXT, told_at TEXT);
CREATE INDEX IF NOT EXISTS refunds_untold ON refunds (purchase_id) WHERE told_at IS NULL;
"""

# What was watched in the last two days and has been quiet for half an hour.
VIEWINGS = """
SELECT purchase_id, sum(watch_seconds), sum(stall_seconds), sum(stall_count), max(longest_stall_seconds),
  max(last_stall_seconds_before_end <= 60 AND longest_stall_seconds >= 10), max(ended_at)
FROM sessions
WHERE purchase_id IN (SELECT purchase_id FROM sessions WHERE ended_at >= ?)
  AND coalesce(failure_cause, '') NOT IN ('entitlement', 'geography')
GROUP BY purchase_id
"""

TEXT = """Hello {name},

While you were watching {title} it kept stopping. That was on {day}. A film that stops is no pleasure, and we are sorry.

We have sent {amount} back to the card or account that you paid with. You should see it there within five working days.
There is nothing that you need to do.

If it was different, or this does not make it right, write to people@company.example. A person reads it and answers.

Example Films
"""


def take_in(db, files):
    if files.customers:
        with open(files.customers, newline="", encoding="utf-8") as file:
            db.executemany(
                "INSERT OR REPLACE INTO customers VALUES (:customer_id, :email, :name)", csv.DictReader(file))
    if files.purchases:
        with open(files.purchases, newline="", encoding="utf-8") as file:
            db.executemany(
                "INSERT OR REPLACE INTO purchases VALUES (?, ?, ?, ?, ?)",
                ((row["purchase_id"], row["customer_id"], row["title"], round(float(row["amount"]) * 100),
                  row["currency"]) for row in csv.DictReader(file)))
    if files.sessions:
        with open(files.sessions, newline="", encoding="utf-8") as file:
            db.executemany(
                "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                ((row["session_id"], row["customer_id"], row["purchase_id"] or None, row["title"], row["started_at"],
                  row["ended_at"], float(row["watch_seconds"]), float(row["stall_seconds"]), int(row["stall_count"]),
                  float(row["longest_stall_seconds"] or 0), float(row["last_stall_seconds_before_end"] or 1e9),
                  row["failure_cause"]) for row in csv.DictReader(file)))
    db.commit()


def is_due(watch, stall, count, longest, left_over_stall):
    if left_over_stall:
        return True
    if watch < 120:
        return False
    ratio = stall / watch
    score = (100 / math.sqrt(1 + (count / 2) ** 2) + 100 * math.exp(-10 * ratio)) / 2
    return (score < 55 and ratio >= 0.01) or ratio >= 0.05 or longest >= 60


def refund(db, now):
    since = (now - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    quiet = (now - timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for purchase_id, *watched, ended_at in db.execute(VIEWINGS, (since,)).fetchall():
        if ended_at > quiet or not is_due(*watched):
            continue
        if db.execute("SELECT 1 FROM refunds WHERE purchase_id = ?", (purchase_id,)).fetchone():
            continue
        bought = db.execute(
            "SELECT customer_id, cents, currency FROM purchases WHERE purchase_id = ?", (purchase_id,)).fetchone()
        if bought is None:
            continue
        customer_id, cents, currency = bought
        db.execute(
            "INSERT INTO refunds VALUES (?, ?, ?, ?, ?, NULL)",
            (purchase_id, customer_id, min(cents, 2000), currency, now.isoformat()))
        db.commit()


def letter(name, address, title, cents, currency, refunded_at):
    message = EmailMessage()
    message["From"] = "care@company.example"
    message["To"] = address
    message["Reply-To"] = "people@company.example"
    message["Subject"] = f"{title} kept stopping: we have refunded {cents / 100:.2f} {currency}"
    text = TEXT.format(name=name, title=title, amount=f"{cents / 100:.2f} {currency}", day=refunded_at[:10])
    message.set_content(text)
    message.add_alternative("<html><body><p>" + text.replace("\n\n", "</p><p>") + "</p></body></html>", subtype="html")
    return message


def tell(db, relay, now, tuned):
    host, port = relay.split(":")
    untold = db.execute(
        "SELECT r.purchase_id, c.name, c.email, p.title, r.cents, r.currency, r.refunded_at FROM refunds r "
        "JOIN customers c USING (customer_id) JOIN purchases p ON p.purchase_id = r.purchase_id "
        "WHERE r.told_at IS NULL").fetchall()
    kept = smtplib.SMTP(host, int(port)) if tuned else None
    for purchase_id, *words in untold:
        if kept:
            kept.send_message(letter(*words))
        else:
            with smtplib.SMTP(host, int(port)) as smtp:
                smtp.send_message(letter(*words))
        db.execute("UPDATE refunds SET told_at = ? WHERE purchase_id = ?", (now.isoformat(), purchase_id))
        db.commit()
    if kept:
        kept.quit()
    return len(untold)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("db")
    parser.add_argument("--customers")
    parser.add_argument("--purchases")
    parser.add_argument("--sessions")
    parser.add_argument("--now", help="2026-03-15T03:00:00Z; the machine's clock otherwise")
    parser.add_argument("--relay", default="localhost:25")
    parser.add_argument("--tuned", action="store_true")
    arguments = parser.parse_args()

    now = datetime.strptime(arguments.now, "%Y-%m-%dT%H:%M:%SZ") if arguments.now else datetime.utcnow()
    db = sqlite3.connect(arguments.db)
    if arguments.tuned:
        db.execute("PRAGMA journal_mode = WAL")
    db.executescript(SCHEMA)
    take_in(db, arguments)
    refund(db, now)
    print(tell(db, arguments.relay, now, arguments.tuned))


if __name__ == "__main__":
    main()
