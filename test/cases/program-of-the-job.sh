#!/usr/bin/env bash
# The command is wrong in its first word. A whole command in quotes is a usage error that says how to write it. Where each job names its
# program, one that names none that is here fails alone: it ends neither the run nor, one after the other, the workers of a fleet; and a
# worker on which none of them is there leaves all jobs to others.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/fleet.bash"

printf 'job_id,tool\ngood,true\nbad,no-such-tool\nlast,true\n' >list.csv
"$HF" run list.csv --state quoted -- 'sh -c {tool}' >quoted.log 2>&1
code=$?
((code == 2)) && grep -q 'without quotes around all of it' quoted.log || wrong "a command in quotes ended with $code: $(cat quoted.log)"

"$HF" run list.csv --state S --failures-max 1 -- '{tool}' >run.log 2>&1
code=$?
((code == 1)) && grep -q '2 of 3 jobs completed' run.log && grep -q 'bad: failed, cannot start no-such-tool' run.log ||
  wrong "the run ended with $code: $(cat run.log)"

new_fleet
"$HF" submit --env-file worker.env list.csv >submit.log 2>&1 || wrong "$(cat submit.log)"
work() {
  "$HF" work --env-file worker.env --until-empty --work-dir "$PWD/work" --failures-max 1 -- "$1"
}
work './no-such-folder/{tool}' >wrong.log 2>&1 && wrong 'a worker that can start nothing ended with 0'
"$HF" status --env-file worker.env --json >status.json
grep -q '"dead":0' status.json || wrong "a worker that is wrong made jobs dead: $(cat status.json)"
work '{tool}' >work.log 2>&1 || wrong "a job's wrong program ended the worker: $(tail -3 work.log)"
"$HF" dead list --env-file worker.env >dead.log 2>&1
grep -q 'cannot start no-such-tool' dead.log || wrong "dead: $(cat dead.log)"

# The wrong one comes first: nobody knows yet who is wrong, so it waits for another worker, and this one goes on.
new_fleet
printf 'job_id,tool\nfirst,no-such-tool\nsecond,true\n' >first.csv
"$HF" submit --env-file worker.env first.csv >submit.log 2>&1 || wrong "$(cat submit.log)"
"$HF" work --env-file worker.env --work-dir "$PWD/work" --failures-max 1 -- '{tool}' >first.log 2>&1 &
worker=$!
until grep -q 'job completed job=second' first.log; do
  kill -0 $worker || wrong "the first job's wrong program ended the worker: $(tail -3 first.log)"
  sleep 0.1
done
kill -TERM $worker
wait $worker || wrong "the worker ended with $?: $(tail -3 first.log)"
"$HF" status first --env-file worker.env >status.log 2>&1
grep -q 'waiting' status.log && grep -q 'cannot start no-such-tool' status.log || wrong "status first: $(cat status.log)"
right 'the command, the job or the worker: whoever is wrong, alone'
