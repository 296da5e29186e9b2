#!/usr/bin/env bash
# A recorded alert: a Hurricane Warning has been in force since it was issued, five minutes ago.
. "$(dirname -- "$0")/../lib.sh"
in_force_warns 2020-07-24T00:00:00Z '' TXZ241 2020-07-25T03:05:00Z hurricane-begins-when-issued.json
