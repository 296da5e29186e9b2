#!/usr/bin/env bash
# The bank takes the money back while our own refund waits (here: decided, not yet handed over). Must ours still go?
. "$(dirname -- "$0")/../../lib.sh"
begin 2026-03-01T00:00:00Z slow-video-stream
care import customers "$here/customers.csv" --now 2026-03-01T17:00:00Z
care import purchases "$here/purchases.csv" --now 2026-03-01T18:01:00Z
care import sessions "$here/sessions.csv" --now 2026-03-01T18:30:00Z
care jobs run slow-video-stream --now 2026-03-01T19:05:00Z
echo "--- the chargeback arrives"
care import refunds "$here/dispute.csv" --now 2026-03-01T19:35:00Z
care notices deliver --now 2026-03-01T19:36:00Z
care cases explain 1 --now 2026-03-01T19:36:00Z; echo
care credits list --now 2026-03-01T19:36:00Z
if grep -q ',u1,' data/refunds/out/*.csv 2>/dev/null; then
  cat data/refunds/out/*.csv
  fails "u1 (4.99 paid) is disputed with the bank and refunded by us: 9.98 go back; the chargeback itself was set aside"
fi
holds "no refund left beside the chargeback"
