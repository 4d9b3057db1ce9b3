#!/usr/bin/env bash
# A signal that a run was started ignoring stays ignored: SIGHUP under nohup when the terminal is closed, SIGINT in a script's
# background when somebody presses Ctrl-C there.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\na\n' >list.csv
for signal in HUP INT; do
  mkfifo "$signal.go"
  (
    trap '' "$signal"
    exec "$HF" run list.csv --state "$signal" -- sh -c 'echo >"$1"; read -r line <"$1"; echo "$line" >"$HOLDFAST_OUTPUT_DIR/r"' sh "$PWD/$signal.go"
  ) 2>"$signal.log" &
  run=$!
  at_end kill -KILL "$run"
  read -r _ <"$signal.go"  # The program runs.
  kill -"$signal" "$run"
  echo "done" >"$signal.go"
  wait "$run"
  code=$?
  ((code == 0)) || wrong "SIG$signal was ignored when the run was started, yet it ended with $code: $(cat "$signal.log")"
  [[ $(cat "$signal/store/a/r") == "done" ]] || wrong "no result after SIG$signal"
done
right 'the runs went on'
