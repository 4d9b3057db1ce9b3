#!/usr/bin/env bash
# Exit code 75 means "not now", 85 "run me again". A program that says so at once, without end, burns no machine and fills no
# store: it is run again later, and later each time.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

for code in 75 85; do
  printf 'job_id\na\n' >"$code.csv"
  timeout -s INT 12 "$HF" run "$code.csv" -- bash -c "echo x >>'$PWD/$code.starts'; date +%N >>\"\$HOLDFAST_CHECKPOINT_DIR/log\"; exit $code" 2>"$code.log"
  attempts=$(wc -l <"$code.starts")
  ((attempts <= 12)) || wrong "exit code $code: $attempts attempts in 12 s"
  ((attempts >= 2)) || wrong "exit code $code: only $attempts attempt in 12 s: $(cat "$code.log")"
done
right 'run again later'
