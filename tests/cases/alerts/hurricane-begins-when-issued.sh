#!/usr/bin/env bash
# A recorded alert: a Hurricane Warning has been in force since it was issued, five minutes ago.
. "$(dirname -- "$0")/../lib.sh"
begin 2020-07-24T00:00:00Z weather-outage-alert
printf 'customer_id,email,name,locale,time_zone,status\nh1,hugh@example.com,Hugh Holt,en-US,America/Chicago,active\n' > c.csv
printf 'premises_id,customer_id,county_fips,forecast_zone,label\np1,h1,,TXZ241,your home\n' > p.csv
care import customers c.csv --now 2020-07-24T00:00:00Z
care import premises p.csv --now 2020-07-24T00:00:00Z
care import alerts "$here/hurricane-begins-when-issued.json" --now 2020-07-25T03:05:00Z
care jobs run weather-outage-alert --now 2020-07-25T03:05:00Z
care notices deliver --now 2020-07-25T03:05:00Z
care notices list --now 2020-07-25T03:05:00Z
[ -n "$(find data/outbox -name '*.eml' 2>/dev/null)" ] && holds "warned"
fails "nobody is warned"
