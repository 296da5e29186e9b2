#!/usr/bin/env bash
# The machine's clock was a day ahead and is put right while the worker runs. Do jobs go on? Needs libfaketime; 2 minutes.
. "$(dirname -- "$0")/../../lib.sh"
only_on_sqlite "libfaketime disturbs the time-outs of a connection"
lib=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1); [ -n "$lib" ] || { left_out "no libfaketime"; }
program=$root/src/ProactiveCare.Worker/bin/Release/net10.0/proactive-care
mkdir jobs; cp -r "$root/jobs/slow-video-stream" jobs/
sed -i 's%^  cron: .*%  cron: "0/15 * * * * ?"%' jobs/slow-video-stream/job.yaml
export ProactiveCare__Jobs=$work/jobs ProactiveCare__Jobs__Activation=auto ProactiveCare__Http__Urls=none
fake() { LD_PRELOAD=$lib FAKETIME_TIMESTAMP_FILE=$work/off FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1 nice "$program" "$@" --data "$work/data"; }
echo +86400 > off
fake db init --email ops@example.com >/dev/null || exit 2
LD_PRELOAD=$lib FAKETIME_TIMESTAMP_FILE=$work/off FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1 nice "$program" run --data "$work/data" > run.log 2>&1 &
worker=$!
trap 'kill $worker 2>/dev/null; sleep 1; rm -rf "$work"' EXIT
sleep 30
before=$(fake jobs history slow-video-stream --json | grep -c '"startedAt"\|"runId"')
echo "runs before: $before (every 15 s)"
echo +0 > off
sleep 60
after=$(fake jobs history slow-video-stream --json | grep -c '"startedAt"\|"runId"')
fake jobs list
echo "runs a minute after the clock was put right: $after"
cat run.log
[ "$after" -gt "$before" ] && holds "jobs go on"
fails "no run in 60 s where 4 were due; they wait for the old time to come again, and jobs list says 'well'"
