#!/usr/bin/env bash
# A Tornado Warning, as such messages are: onset is the minute of sending. The shipped job lists "Tornado Warning".
. "$(dirname -- "$0")/../../lib.sh"
begin 2025-12-30T00:00:00Z weather-outage-alert
care import customers "$here/customers.csv" --now 2025-12-30T00:00:00Z
care import premises "$here/premises.csv" --now 2025-12-30T00:00:00Z
care import alerts "$here/tornado.geojson" --now 2025-12-31T03:00:20Z
care jobs run weather-outage-alert --now 2025-12-31T03:00:30Z
care notices deliver --now 2025-12-31T03:00:40Z
[ -n "$(find data/outbox -name '*.eml' 2>/dev/null)" ] && holds "warned"
fails "nobody is warned, ten seconds after the message came; the run says '0 findings' and not why"
