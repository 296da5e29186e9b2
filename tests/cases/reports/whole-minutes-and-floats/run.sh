#!/usr/bin/env bash
# What common writers make of good values: Java drops ":00" seconds, pandas writes 3 as 3.0, strftime writes +0000.
. "$(dirname -- "$0")/../../lib.sh"
begin 2026-03-01T00:00:00Z slow-video-stream
care import sessions "$here/sessions.csv" --now 2026-03-01T20:00:00Z | tee said
grep -q ' 0 set aside' said && holds "taken"
fails "rows with valid ISO 8601 instants and a whole number written 3.0 are set aside"
