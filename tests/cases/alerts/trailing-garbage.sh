#!/usr/bin/env bash
# A collection, and behind it what a broken download left.
. "$(dirname -- "$0")/../lib.sh"
begin 2026-01-01T00:00:00Z weather-outage-alert
care import alerts "$here/trailing-garbage.json" --now 2026-01-01T00:00:00Z > said; code=$?
cat said
[ "$code" = 1 ] || fails "something could not be read, and the exit code is $code"
grep -q ' 3 new, .* [1-9][0-9]* set aside' said && holds "three alerts are received, the rest is set aside"
fails "not three alerts and a rest that is set aside"
