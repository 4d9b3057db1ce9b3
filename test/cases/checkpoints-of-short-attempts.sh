#!/usr/bin/env bash
# Two checkpoints are kept, however short the attempts are; none of a job that is completed.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >program.sh <<'P'
cd "$HOLDFAST_CHECKPOINT_DIR" || exit 1
if [[ -e finish ]]; then
  echo done >"$HOLDFAST_OUTPUT_DIR/result"
  exit 0
fi
head -c 1000000 /dev/urandom >state
n=$(($(cat n 2>/dev/null || echo 0) + 1))
echo $n >n
((n < 8)) || touch finish
exit 85
P
printf 'job_id\na\n' >list.csv
"$HF" run list.csv --state state --slots 1 -- bash "$PWD/program.sh" 2>run.log &
run=$!
at_end kill -9 "$run"
manifests() {
  find state/store -path '*manifests*' -type f 2>/dev/null | wc -l
}
most=0
while kill -0 "$run" 2>/dev/null; do
  now=$(manifests)
  ((now <= most)) || most=$now
  sleep 0.02
done
wait "$run" || wrong "the run failed: $(cat run.log)"
((most <= 4)) || wrong "$most checkpoints lay in the store at one time"
((most >= 1)) || wrong 'no checkpoint was ever seen'
[[ $(manifests) == 0 ]] || wrong "$(manifests) checkpoints are left of a completed job"
[[ -z $(find state/store -path '*chunks*' -type f) ]] || wrong 'chunks are left of a completed job'
right "at most $most at a time, none at the end"
