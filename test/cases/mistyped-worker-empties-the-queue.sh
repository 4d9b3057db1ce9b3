#!/usr/bin/env bash
# A worker whose command asks for a field that the jobs lack leaves them to others, and ends.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/fleet.bash"

new_fleet
{
  echo job_id,steps
  for n in $(seq 8); do echo "j$n,$n"; done
} >jobs.csv
"$HF" submit --env-file worker.env jobs.csv 2>log || wrong "submit: $(tail -1 log)"
timeout 100 "$HF" work --env-file worker.env -- echo '{step}' 2>log
(($? == 2)) || wrong "the mistyped worker: $(tail -1 log)"
grep -q 'the command needs the field {step}' log || wrong "nothing says what is wrong: $(tail -1 log)"
[[ -z $("$HF" dead list --env-file worker.env --json) ]] || wrong 'it made jobs dead'
# Those that it gave back come after their pause; a right worker does them all.
"$HF" work --env-file worker.env -- touch '{output_dir}/{steps}' 2>log &
worker=$!
at_end kill -KILL "$worker"
patience=120 wait_for 'all jobs' sh -c '[ $(grep -c "job completed" log) -ge 8 ]'
right 'the jobs were left to a worker whose command fits'
