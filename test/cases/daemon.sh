#!/usr/bin/env bash
# A program puts its work into the background and exits with 0. What it started is ended with it, and that is said: as it
# is said of any job that is completed and has left no output.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\na\n' >daemon.csv
cat >daemon.sh <<'J'
setsid bash -c 'sleep 30; echo late >"$HOLDFAST_OUTPUT_DIR/result.txt"' </dev/null >/dev/null 2>&1 &
exit 0
J
"$HF" run daemon.csv -- bash "$PWD/daemon.sh" 2>daemon.log
grep -q 'background' daemon.log || wrong "nothing is said of the process in the background: $(cat daemon.log)"
printf 'job_id\na\n' >nothing.csv
"$HF" run nothing.csv -- bash -c 'echo 42 >"$HOLDFAST_CHECKPOINT_DIR/elsewhere"' 2>nothing.log
grep -q 'no result' nothing.log || wrong "nothing is said of the missing output: $(cat nothing.log)"
grep -q 'without a result' nothing.log || wrong "the summary does not say it: $(cat nothing.log)"
printf 'job_id\na\n' >good.csv
"$HF" run good.csv -- bash -c 'echo 42 >"$HOLDFAST_OUTPUT_DIR/result.txt"' 2>good.log
grep -q 'no result\|without a result' good.log && wrong "a good job is complained about: $(cat good.log)"
right 'both are said'
