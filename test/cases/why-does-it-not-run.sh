#!/usr/bin/env bash
# One command says of a job what it waits for or does: in the queue, tried again later, running, dead, cancelled, completed, unknown.
# shellcheck source=test/cases/lib.sh
. "$(dirname "$0")/lib.sh"

printf 'job_id,how\nruns,run\nnext,ok\nlast,ok\n' >list.csv
cat >program.sh <<'JOB'
case $1 in
  run) echo 'step 1 of 9'; until [ -e "$2/go" ]; do read -r -t 0.05 _ <>"$2/never"; done ;;
  fail) echo 'cannot open input.dat'; exit 3 ;;
esac
JOB
mkfifo never
"$HF" run list.csv -- bash "$PWD/program.sh" '{how}' "$PWD" 2>run.log &
run=$!
at_end kill -KILL "$run"
why() { "$HF" why --state "${state:-list.csv.holdfast}" "$@" 2>words; }
says() {  # TEXT JOB
  local text=$1
  shift
  why "$@" | grep -q "$text" || wrong "why $*: $(why "$@") $(cat words)"
}
step() { why runs | grep -q 'step 1 of 9'; }
wait_for 'the running job' step
says 'runs: attempt 1, on' runs
says '1 job waits before it' last
says '"state":"queued"' next --json
why nobody >out && wrong 'an unknown job is no failure'
grep -q 'no job nobody' out || wrong "of an unknown job: $(cat out)"
"$HF" cancel --state list.csv.holdfast next --wait 0s >cancel.log 2>&1
says 'was cancelled' next
kill -KILL "$run"
wait "$run" 2>kill.log
says 'that worker is gone' runs
says 'No worker is running' last
touch go
"$HF" run list.csv -- bash "$PWD/program.sh" '{how}' "$PWD" 2>run.log
says 'was completed' runs

state=fails.csv.holdfast
printf 'job_id,how\nfails,fail\n' >fails.csv
"$HF" run fails.csv --failures-max 3 -- bash "$PWD/program.sh" '{how}' "$PWD" 2>fails.log &
run=$!
at_end kill -KILL "$run"
retrying() { why fails --json | grep -q '"state":"retrying".*"retry_at":"20'; }
wait_for 'a retry' retrying
says 'exit code 3' fails
wait "$run"
says 'dead (failed).*exit code 3: cannot open input.dat.*holdfast dead requeue fails --state' fails
right 'each state is told for what it is'
