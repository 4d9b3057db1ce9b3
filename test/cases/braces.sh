#!/usr/bin/env bash
# Braces of the shell, of awk and of JSON in the command: a variable of the shell stays, and what no
# job can fill is told before anything starts.
# shellcheck source=test/cases/lib.sh
. "$(dirname "$0")/lib.sh"

printf 'job_id,x\na,1\nb,2\n' >jobs.csv
# shellcheck disable=SC2016
"$HF" run jobs.csv --state variable -- bash -c 'echo "{x}" >${HOLDFAST_OUTPUT_DIR}/r' 2>log ||
  wrong "a variable in braces: $(tail -1 log)"
[[ $(cat variable/store/b/r) == 2 ]] || wrong 'the result is another one'
"$HF" run jobs.csv --state awk -- awk 'BEGIN {print}' 2>log
(($? == 2)) || wrong "awk's braces: $(tail -1 log)"
grep -qF '{{print}}' log || wrong "nothing says how awk's braces are written: $(tail -1 log)"
"$HF" run jobs.csv --state doubled -- sh -c 'echo "{{x}} {{{x}}}" >"$HOLDFAST_OUTPUT_DIR/r"' 2>log ||
  wrong "doubled braces: $(tail -1 log)"
[[ $(cat doubled/store/a/r) == '{x} {1}' ]] || wrong "doubled braces became $(cat doubled/store/a/r)"
right 'braces are told apart'
