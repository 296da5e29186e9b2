#!/usr/bin/env bash
# The Dockerfile sets ProactiveCare__Jobs=/jobs. Does the documented option --jobs still work beside it?
. "$(dirname -- "$0")/../../lib.sh"
mkdir mine; cp -r "$root/jobs/slow-video-stream" mine/
export ProactiveCare__Jobs=$root/jobs
grep -n ProactiveCare__Jobs "$root/Dockerfile"
care jobs check --jobs "$work/mine" 2>&1 | cut -c1-200 | tee said
grep -q 'good' said && holds "the option wins"
fails "--jobs is refused wherever ProactiveCare__Jobs is set, so everywhere in the image"
