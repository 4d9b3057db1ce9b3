#!/usr/bin/env bash
# A shell with job control (set -m) sees nothing of a snapshot: each of its children ends with its own code, and `wait` answers
# with it. The tree is several shells deep, so that the order in which it is stopped and let go on matters.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\na\n' >list.csv
cat >program.sh <<'P'
#!/bin/bash
set -m
for i in 1 2 3 4 5 6 7 8; do
  bash -c 'set -m; for i in 1 2 3; do sleep 0.2; echo "inner $?" >>"$1/codes"; done; exit 7' bash "$1"
  echo "outer $?" >>"$1/codes"
  (sleep 0.3; exit 5) &
  wait $!
  echo "waited $?" >>"$1/codes"
done
P
chmod +x program.sh
"$HF" run list.csv --checkpoint-every 200ms --checkpoint-pause 10ms -- "$PWD/program.sh" "$PWD" >log 2>&1 || wrong "the run ended with $?: $(cat log)"
counts=$(sort codes | uniq -c | tr -s ' ' | tr '\n' ';')
[[ $counts == ' 24 inner 0; 8 outer 7; 8 waited 5;' ]] || wrong "the shell saw:$counts"
right 'every child ended with its own code'
