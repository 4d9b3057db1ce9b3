#!/usr/bin/env bash
# A batch system warns of its end: SIGUSR1, SIGUSR2 or SIGXCPU some time before SIGTERM and SIGKILL. The worker stops in order, as for
# SIGTERM, and the SIGTERM that follows does not cut its last checkpoint short. Signals that were not meant so are left alone.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\na\n' >list.csv
cat >program.sh <<'P'
echo 1 >step
trap 'echo told >step; sleep 1; echo saved >step; exit 85' TERM
touch "$1"
while :; do sleep 0.05; done
P
for signal in USR1 USR2 XCPU; do
  "$HF" run list.csv --state "$signal" --checkpoint-every 0 -- sh "$PWD/program.sh" "$PWD/$signal.runs" >"$signal.log" 2>&1 &
  run=$!
  at_end kill -KILL "$run"
  wait_for 'the program' test -e "$signal.runs"
  kill -"$signal" "$run"
  wait_for 'the stop' grep -q Stopping "$signal.log"
  kill -"$signal" "$run"
  kill -TERM "$run"
  wait "$run"
  code=$?
  ((code > 128)) || wrong "SIG$signal ended the run with $code: $(cat "$signal.log")"
  "$HF" run list.csv --state "$signal" -- sh -c 'cp step "$HOLDFAST_OUTPUT_DIR/r"' >"$signal.second" 2>&1
  [[ $(cat "$signal/store/a/r") == saved ]] || wrong "after SIG$signal the last checkpoint is '$(cat "$signal/store/a/r")'"
done
"$HF" run list.csv --drain-on NONSENSE -- true >log 2>&1
(($? == 2)) || wrong 'a signal that is none is accepted'
"$HF" run list.csv --drain-on KILL -- true >log 2>&1
(($? == 2)) || wrong 'a signal that nobody can wait for is accepted'
right 'each is a stop in order'
