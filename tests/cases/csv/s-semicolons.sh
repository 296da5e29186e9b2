#!/usr/bin/env bash
# A spreadsheet of a country with a decimal comma separates by semicolons.
. "$(dirname -- "$0")/../lib.sh"
begin 2026-10-01T12:00:00Z slow-video-stream
care import sessions "$here/s-semicolons.csv" --now 2026-10-01T12:00:00Z > said 2>&1; code=$?
cat said
[ "$code" = 0 ] && grep -q ' 1 new, .* 0 set aside' said && holds "taken"
[ "$code" != 0 ] && grep -qi 'separated by semicolons' said && holds "refused with the reason"
fails "neither taken nor refused because of its semicolons"
