#!/usr/bin/env bash
# What jobs cost is their paid time at the price that was given, for all, for a group, for one job, and in a report; a price
# that is none is a usage error.
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

printf 'job_id\na\nb\n' >jobs.csv
"$HF" run jobs.csv -- sh -c 'sleep 0.3; echo r >"$HOLDFAST_OUTPUT_DIR/r"' >run.log 2>&1 || wrong "run: $(cat run.log)"
here=(--state jobs.csv.holdfast)
told() { # WHAT COMMAND…: its cost is that of its time, at 7200 dollars an hour
  local what=$1
  shift
  "$HF" "$@" "${here[@]}" --price 7200 --json >answer 2>errors || wrong "$* fails: $(cat errors)"
  python3 - "$what" <<'P' || wrong "$*: $(cat answer)"
import json, sys
answer = json.load(open("answer"))
spent, cost = answer["spent"], answer["cost"]
right = (spent["paid"] > 0 and abs(cost["paid"] - 2 * spent["paid"]) < 1e-9 and abs(cost["lost"] - 2 * spent["lost"]) < 1e-9
         and abs(cost["useful_hour"] - cost["paid"] * 3600 / spent["useful"]) < 1e-6)
sys.exit(0 if right else 1)
P
  paid[${#paid[@]}]=$(python3 -c 'import json; print(json.load(open("answer"))["cost"]["paid"])')
}
paid=()
told all status
told group status --group jobs
told a status a
told b status b
python3 -c 'import sys; all, group, a, b = map(float, sys.argv[1:]); sys.exit(abs(all - a - b) > 1e-6 or abs(group - all) > 1e-6)' \
  "${paid[@]}" || wrong "the parts do not add up: ${paid[*]}"
for command in "status" "status a" "status --group jobs"; do
  # shellcheck disable=SC2086  # Words.
  "$HF" $command "${here[@]}" --price 7200 2>errors | grep -qi 'cost.*\$.*\$.*for a useful hour' || wrong "$command tells no cost"
  # shellcheck disable=SC2086
  ! "$HF" $command "${here[@]}" 2>errors | grep -q '\$[0-9]' || wrong "$command tells a cost without a price"
  # shellcheck disable=SC2086
  "$HF" $command "${here[@]}" --json | python3 -c 'import json, sys; sys.exit(json.load(sys.stdin)["cost"] is not None)' ||
    wrong "$command --json tells a cost without a price"
done
"$HF" report "${here[@]}" --price 7200 | grep -q '^  cost  *\$[1-9].*, at \$7,200.00 an hour' || wrong 'the report tells no cost'
"$HF" report "${here[@]}" --price 0.18 | grep -q '^  cost  *\(\$0.0*[1-9]\|<\$0\)' || wrong 'a small sum is rounded to nothing'
"$HF" report "${here[@]}" | grep -q '^  cost .*--price' || wrong 'the report does not say how to see the cost'
for price in -1 nan inf 1e999 abc ''; do
  "$HF" status "${here[@]}" --price "$price" >answer 2>errors
  (($? == 2)) || wrong "the price '$price' is taken: $(cat answer errors)"
done
right 'a price is one for all'
