#!/usr/bin/env bash
# The process that watches the program is killed, as the kernel's memory killer does. Nothing of the program lives on, nothing of it
# writes into a later job, and the attempt is an interruption and no failure.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\na\nb\n' >list.csv
cat >program.sh <<'P'
if [ "$HOLDFAST_ATTEMPT$HOLDFAST_JOB_ID" = 1a ]; then
  setsid sh -c 'echo $$ >"$1/stray"; while :; do echo stray >>"$2/result" ; sleep 0.01; done' sh "$1" "$HOLDFAST_OUTPUT_DIR" &
  while [ ! -s "$1/stray" ]; do sleep 0.01; done
  echo "$PPID" >"$1/guard.new" && mv "$1/guard.new" "$1/guard"
  sleep 600
fi
sleep 0.3
echo "$HOLDFAST_JOB_ID $HOLDFAST_ATTEMPT" >>"$HOLDFAST_OUTPUT_DIR/result"
P
"$HF" run list.csv --state S --failures-max 1 -- sh "$PWD/program.sh" "$PWD" >log 2>&1 &
run=$!
at_end kill -KILL "$run"
wait_for 'the program' test -s guard
kill -KILL "$(cat guard)"
wait "$run" || wrong "the run ended with $?: $(cat log)"
! kill -0 "$(cat stray)" 2>/dev/null || wrong 'a process of the program is left'
[[ $(cat S/store/a/result) == 'a 2' && $(cat S/store/b/result) == 'b 1' ]] || wrong "results: $(cat S/store/a/result S/store/b/result)"
right 'an interruption, and nothing was left'
