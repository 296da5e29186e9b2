# shellcheck shell=bash
# Sourced by each case. $1 of the case is the product's root. Exit 1: the fault is there. 0: it is not. 2, after a line
# that begins with "left out:", where it cannot be tried. On PostgreSQL where CASES_SERVER names the folder of a server
# that scripts/postgres started. PROGRAM is the built program; without it scripts/proactive-care builds when needed.
set -uo pipefail
root=${1:?usage: CASE PRODUCT_ROOT}
here=$(cd -- "$(dirname -- "${BASH_SOURCE[1]}")" && pwd)
unset "${!ProactiveCare__@}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
export ProactiveCare__Jobs=${JOBS:-$root/jobs} ProactiveCare__Http__Urls=none
if [ -n "${CASES_SERVER:-}" ]; then
  ProactiveCare__Database__ConnectionString=$("$root/scripts/postgres" database "$CASES_SERVER" "case$$") || exit 1
  export ProactiveCare__Database__Provider=PostgreSql ProactiveCare__Database__ConnectionString
fi
care() { nice "${PROGRAM:-$root/scripts/proactive-care}" "$@" --data "$work/data"; }
begin() { # INSTANT JOB
  care db init --simulated --now "$1" --email ops@example.com >/dev/null || fails "db init"
  care jobs accept "$2" --yes --now "$1" >/dev/null 2>&1 || fails "jobs accept"
}
fails() { echo "FAILS: $*"; exit 1; }
holds() { echo "holds: $*"; exit 0; }
left_out() { echo "left out: $*"; exit 2; }
only_on_sqlite() { [ -z "${CASES_SERVER:-}" ] || left_out "$*"; }
in_force_warns() { # BEGIN COUNTY ZONE AT FILE: a home there is warned at once
  begin "$1" weather-outage-alert
  printf 'customer_id,email,name,locale,time_zone,status\nh1,hugh@example.com,Hugh Holt,en-US,America/Chicago,active\n' > c.csv
  printf 'premises_id,customer_id,county_fips,forecast_zone,label\np1,h1,%s,%s,your home\n' "$2" "$3" > p.csv
  care import customers c.csv --now "$1"
  care import premises p.csv --now "$1"
  care import alerts "$here/$5" --now "$4"
  care jobs run weather-outage-alert --now "$4"
  care notices deliver --now "$4"
  care notices list --now "$4"
  [ -n "$(find data/outbox -name '*.eml' 2>/dev/null)" ] && holds "warned"
  fails "nobody is warned"
}
