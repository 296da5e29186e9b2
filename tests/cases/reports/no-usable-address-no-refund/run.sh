#!/usr/bin/env bash
# Three customers, the same bad evening. One has an old docomo address (two dots), one no e-mail, one a Unix locale.
. "$(dirname -- "$0")/../../lib.sh"
begin 2026-03-01T00:00:00Z slow-video-stream
for kind in customers purchases sessions; do care import $kind "$here/$kind.csv" --now 2026-03-01T08:30:00Z; done
care jobs run slow-video-stream --now 2026-03-01T09:05:00Z
echo "--- fifteen days later"
care jobs run slow-video-stream --now 2026-03-16T09:05:00Z
care cases list --now 2026-03-16T09:06:00Z
care cases explain 1 --now 2026-03-16T09:06:00Z; echo
n=$(care credits list --now 2026-03-16T09:06:00Z | grep -c ' refund ')
[ "$n" = 4 ] && holds "all four are refunded"
fails "$n of 4 are refunded; the others are refused for good as unknown, because of how they can be written to"
