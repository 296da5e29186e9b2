#!/usr/bin/env bash
# One feature a line, as jq -c writes them.
. "$(dirname -- "$0")/../lib.sh"
begin 2026-01-01T00:00:00Z weather-outage-alert
care import alerts "$here/features.ndjson" --now 2026-01-01T00:00:00Z > said; code=$?
cat said
[ "$code" = 0 ] && grep -q ': 5 alerts received, 5 new, .* 0 set aside' said && holds "all five are received"
fails "not five alerts, or exit code $code"
