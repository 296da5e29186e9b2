#!/usr/bin/env bash
# A recorded alert: a Tornado Warning begins in the minute in which it is sent.
. "$(dirname -- "$0")/../lib.sh"
in_force_warns 2025-04-19T00:00:00Z 40029 '' 2025-04-20T04:24:00Z tornado-begins-when-issued.json
