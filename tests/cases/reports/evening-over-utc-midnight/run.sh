#!/usr/bin/env bash
# A subscriber in New York restarts one film at 7 PM, which is midnight UTC. One evening, one film: how many credits?
. "$(dirname -- "$0")/../../lib.sh"
# Billing reads the books here, so that the word leaves without its answer.
export ProactiveCare__AccountCredits__Through=ledger
begin 2026-03-01T00:00:00Z slow-video-stream
care import customers "$here/customers.csv" --now 2026-03-03T07:00:00Z
care import sessions "$here/sessions.csv" --now 2026-03-04T00:30:00Z
care jobs run slow-video-stream --now 2026-03-04T01:05:00Z
care notices deliver --now 2026-03-04T01:06:00Z
care credits list --now 2026-03-04T01:06:00Z
care notices list --now 2026-03-04T01:06:00Z
n=$(find data/outbox -name '*.eml' | wc -l)
[ "$n" = 1 ] && holds "one credit, one mail"
fails "$n credits and $n like mails in the same minute for one film on one evening"
