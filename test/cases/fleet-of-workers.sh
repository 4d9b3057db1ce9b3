#!/usr/bin/env bash
# Who works for a queue, and on what: with no cloud at all, and also when a worker was killed.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

place=(--queue "sqlite:$PWD/queue" --store "file:$PWD/store")
"$HF" setup "${place[@]:0:2}" >/dev/null 2>&1 || wrong 'the queue cannot be made'
printf 'job_id\nlong-1\n' >jobs.csv
"$HF" submit jobs.csv "${place[@]:0:2}" >/dev/null 2>&1 || wrong 'the job is not taken'
mkdir store
fleet() {
  "$HF" fleet "${place[@]}" "$@" 2>&1
}
fleet | grep -q '^0 workers' || wrong "before any worker there are: $(fleet)"
# shellcheck disable=SC2016  # For the job's shell.
program='holdfast=$1; "$holdfast" progress 0.25; until [[ -e $2 ]]; do sleep 0.1; done; echo 1 >"$HOLDFAST_OUTPUT_DIR/r"'
for name in one two; do
  "$HF" work "${place[@]}" --worker "$name" --work-dir "$PWD/$name" --checkpoint-every 1s \
    -- bash -c "$program" task "$HF" "$PWD/go" >"$name.log" 2>&1 &
  at_end kill -KILL $!
  declare "$name=$!"
done
says() {
  fleet | grep -q "$1"
}
wait_for 'two workers are there' says '^2 workers, 1 with a job'
says "^\(one\|two\)  *long-1" || wrong "no worker has the job: $(fleet)"
fleet --json | grep -q '"worker":"one".*"worker":"two"' || wrong "JSON has: $(fleet --json)"
fleet --json | grep -q '"job_id":"long-1"' || wrong "JSON has no job: $(fleet --json)"

fleet | grep -q '  [0-9][0-9.]*\(-[0-9a-z-]*\)\?$' || wrong "the version is none: $(fleet)"
! fleet --json | grep -q '"version":"[^"]*_' || wrong "the version is none: $(fleet --json)"
! fleet | grep -q 'no more jobs' || wrong "somebody is unfit: $(fleet)"

touch go
# shellcheck disable=SC2154  # Declared above.
kill "$two"
wait "$two" 2>/dev/null
wait_for 'who ends in order is gone at once' says '^1 worker,'
# shellcheck disable=SC2154
kill -KILL "$one"
wait "$one" 2>/dev/null
says '^1 worker,' || wrong 'a worker that was killed a moment ago is not shown with its last sign'

# A machine that its program calls unfit.
printf 'job_id\nmisfit\n' >misfit.csv
"$HF" submit misfit.csv "${place[@]:0:2}" >/dev/null 2>&1 || wrong 'the job is not taken'
timeout 60 "$HF" work "${place[@]}" --worker three --work-dir "$PWD/three" -- sh -c 'exit 69' >three.log 2>&1 &
at_end kill -KILL $!
wait_for 'who is unfit is named' says '^  three: .*(2'
fleet --json | grep -q '"unfit_workers":\[{"worker":"three","reason":"[^"]*","when":"2' || wrong "JSON has: $(fleet --json)"
right 'the workers of a fleet are shown with their jobs'
