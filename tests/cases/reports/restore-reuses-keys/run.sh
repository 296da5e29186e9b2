#!/usr/bin/env bash
# A backup of the evening before is restored. What billing was asked in between it was asked; are its keys used again?
. "$(dirname -- "$0")/../../lib.sh"
only_on_sqlite "db restore is for the file"
begin 2026-03-01T00:00:00Z slow-video-stream
care import customers "$here/customers.csv" --now 2026-03-01T17:00:00Z
care import purchases "$here/purchases.csv" --now 2026-03-01T18:01:00Z
care db backup "$work/evening.db"
care import sessions "$here/sessions.csv" --now 2026-03-01T18:30:00Z
care jobs run slow-video-stream --now 2026-03-01T19:05:00Z
care notices deliver --now 2026-03-01T19:06:00Z
mv data/refunds/out/refunds-000001.csv billing-has.csv; echo "billing has:"; cat billing-has.csv
echo "--- restored"
care db restore "$work/evening.db"
care import sessions "$here/later.csv" --now 2026-03-01T20:30:00Z
care jobs run slow-video-stream --now 2026-03-01T21:05:00Z
care notices deliver --now 2026-03-01T21:06:00Z
echo "billing gets:"; cat data/refunds/out/*.csv
echo "--- billing's answer to the file of before the restore comes in"
cp "$here/answer.csv" data/refunds/in/refunds-000001.ack.csv
care notices deliver --now 2026-03-01T21:20:00Z
care credits list --now 2026-03-01T21:20:00Z
key=$(tail -n +2 billing-has.csv | cut -d, -f7)
if grep -q ",u3,.*$key" data/refunds/out/*.csv; then
  fails "idempotency key $key was u1's refund of 4.99 and is now u3's of 2.99; its old answer settles u3's"
fi
holds "new keys after a restore"
