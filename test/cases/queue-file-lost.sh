#!/usr/bin/env bash
# The embedded queue's file is removed, or emptied. The same command does what is missing; where it cannot know of all, it says how
# many are missing and ends with 1.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

{
  echo job_id
  seq -f 'j%g' 10
} >list.csv
results() {
  find "$1"/store/*/r 2>/dev/null | wc -l
}
has_three() {
  (($(results "$1") >= 3))
}
for how in removed emptied; do
  "$HF" run list.csv --state "$how" -- sh -c 'sleep 0.2; echo ok >"$HOLDFAST_OUTPUT_DIR/r"' >"$how.first" 2>&1 &
  run=$!
  at_end kill -KILL "$run"
  wait_for 'three results' has_three "$how"
  kill -KILL "$run"
  wait "$run" 2>/dev/null
  rm -f "$how"/queue.sqlite*
  [[ $how == removed ]] || : >"$how/queue.sqlite"
  "$HF" run list.csv --state "$how" -- sh -c 'echo again >"$HOLDFAST_OUTPUT_DIR/r"' >"$how.second" 2>&1 ||
    wrong "after the queue was $how the run ended with $?: $(cat "$how.second")"
  (($(results "$how") == 10)) || wrong "after the queue was $how there are $(results "$how") of 10 results: $(cat "$how.second")"
  (($(cat "$how"/store/*/r | grep -c ok) >= 3)) || wrong 'what was completed ran again'
done
# One message alone is lost: nobody can know, but everybody can count.
"$HF" run list.csv --state whole -- true >/dev/null 2>&1
rm -rf whole/store/j3 whole/store/.holdfast/j3
"$HF" run list.csv --state whole -- true >third 2>&1
code=$?
((code == 1)) && grep -q '1 missing' third || wrong "with a job of which nothing is known the run ended with $code: $(cat third)"
right 'each job is accounted for'
