#!/usr/bin/env bash
# PgBouncer (pool_mode = transaction) stands before the server. Does 'db init' say so, or does the worker find out?
# As its own messages advise, it ignores the startup parameters that it does not know. PGBOUNCER=/path/to/pgbouncer (and
# LD_LIBRARY_PATH for it) where it is not on the PATH. Starts and stops a server.
. "$(dirname -- "$0")/../../lib.sh"
[ "${CASES_DATABASE:-}" != SQLite ] || left_out "about PostgreSQL alone"
pgbouncer=${PGBOUNCER:-$(command -v pgbouncer)}; [ -x "${pgbouncer:-}" ] || { left_out "no pgbouncer"; }
chmod a+rx "$work"; pooler=
"$root/scripts/postgres" start "$work/server" >/dev/null || exit 2
trap '[ -z "$pooler" ] || kill $pooler; "$root/scripts/postgres" stop "$work/server"; rm -rf "$work"' EXIT
connection=$("$root/scripts/postgres" database "$work/server" care)
part() { tr ';' '\n' <<< "$connection" | sed -n "s/^$1=//p"; }
port=$((30000 + RANDOM % 20000))
cat > "$work/pgbouncer.ini" <<INI
[databases]
care = host=127.0.0.1 port=$(part Port) dbname=care
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
auth_type = plain
auth_file = $work/users.txt
pool_mode = transaction
default_pool_size = 3
unix_socket_dir =
ignore_startup_parameters = extra_float_digits,search_path,options
INI
printf '"care" "%s"\n' "$(part Password)" > "$work/users.txt"; chmod a+r "$work"/users.txt "$work"/pgbouncer.ini
if [ "$(id -u)" = 0 ]; then runuser -u nobody -- env LD_LIBRARY_PATH="${LD_LIBRARY_PATH:-}" "$pgbouncer" -q "$work/pgbouncer.ini" & else "$pgbouncer" -q "$work/pgbouncer.ini" & fi
pooler=$!; sleep 2
unset LD_LIBRARY_PATH
export ProactiveCare__Database__Provider=PostgreSql ProactiveCare__Database__ConnectionString="Host=127.0.0.1;Port=$port;Username=care;Password=$(part Password);Database=care"
care db init --email ops@example.com || holds "db init refuses"
care db check | head -n 1
care import customers "$here/customers.csv"
timeout 20 nice "$root/scripts/proactive-care" run --data "$work/data" > run.log 2>&1; echo "worker ended with $?"
cut -c1-220 run.log | head -n 8
grep -q 'prepared statement\|password authentication failed\|file a bug' run.log && fails "db init and db check say all is well; then nothing works, and no message names the pooler"
holds "the worker runs through the pooler"
