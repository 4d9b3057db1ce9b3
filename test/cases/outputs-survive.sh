#!/usr/bin/env bash
# Results that were written bit by bit before an interruption are part of the result.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >program.sh <<'P'
generation() {
  "$HF" status j --state "$HERE/state" --json | grep -oE '"generation":[0-9]+' | head -n 1
}
n=$(cat n 2>/dev/null || echo 0)
while ((n < 6)); do
  n=$((n + 1))
  echo "part $n" >"$HOLDFAST_OUTPUT_DIR/part-$n.txt"
  echo "$n" >n.new && mv n.new n
  before=$(generation)
  "$HF" checkpoint || exit 1
  until [[ $(generation) != "$before" ]]; do sleep 0.05; done
  if ((n == 3)) && mkdir "$HERE/killed" 2>/dev/null; then
    kill -9 "$(cat "$HERE/pid")"
    sleep 60
  fi
done
P
export HF HERE=$PWD
printf 'job_id\nj\n' >jobs.csv
run() {
  bash -c 'echo $$ >pid; exec "$HF" run jobs.csv --state state --checkpoint-every 0 -- bash "$PWD/program.sh"' 2>"$1"
}
run first.log
run second.log || wrong "the second run failed: $(cat second.log)"
for i in {1..6}; do
  [[ $(cat "state/store/j/part-$i.txt") == "part $i" ]] || wrong "part $i of the result is missing"
done
[[ -d killed ]] || wrong 'nothing was interrupted'
right 'all six parts are there'
