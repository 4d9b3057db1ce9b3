#!/usr/bin/env bash
# A script that handles SIGTERM and has finished says so: then exit code 0 counts, though its worker was told to go.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >job.sh <<'J'
trap 'echo done >"$HOLDFAST_OUTPUT_DIR/result.txt"; "$HF" finished; exit 0' TERM
touch "$HOLDFAST_CHECKPOINT_DIR/begun"
sleep 60 & wait
J
export HF
printf 'job_id\na\n' >list.csv
"$HF" run list.csv -- bash "$PWD/job.sh" 2>first.log &
run=$!
has_begun() {
  [[ -n $(find list.csv.holdfast/work -name begun 2>/dev/null) ]]
}
wait_for 'the job' has_begun
kill -TERM "$run"
wait "$run"
grep -q '1 of 1 jobs completed' first.log || wrong "the run says: $(cat first.log)"
right 'completed'
