#!/usr/bin/env bash
# A program writes its checkpoint in place, and the snapshot was taken in the middle: the newest checkpoint cannot be read.
# After two failures the next attempt resumes from the one before, and the job is finished. By hand it can be told to.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >job.sh <<E2
state=\$HOLDFAST_CHECKPOINT_DIR/state
if [[ -e \$state && ! -s \$state ]]; then echo 'the checkpoint is empty'; exit 1; fi
n=\$(cat "\$state" 2>/dev/null || echo 0)
while ((n < 6)); do
  n=\$((n + 1))
  sleep 0.3
  : >"\$state"
  if [[ \$n == 3 && ! -e '$PWD/torn' ]]; then touch '$PWD/torn'; "\$HF" checkpoint; sleep 60; fi
  echo \$n >"\$state"
  "\$HF" checkpoint
done
cp "\$state" "\$HOLDFAST_OUTPUT_DIR/result.txt"
E2
export HF
printf 'job_id\na\n' >list.csv
"$HF" run list.csv --checkpoint-pause 0s -- bash "$PWD/job.sh" 2>first.log &
run=$!
kept() {
  "$HF" checkpoints list --state list.csv.holdfast a 2>/dev/null | grep -c '^ *[0-9]'
}
torn_is_stored() {
  [[ -e torn ]] && grep -qr '"generation":3' list.csv.holdfast/store/.holdfast/a/log
}
wait_for 'the torn checkpoint' torn_is_stored
kill -KILL "$run"
wait "$run" 2>/dev/null
"$HF" run list.csv --log-level warn -- bash "$PWD/job.sh" 2>second.log
result=$(find list.csv.holdfast/store -name result.txt -exec cat {} + 2>/dev/null | sort -u)
[[ $result == 6 ]] || wrong "the result is '$result': $(tail -n 5 second.log)"
grep -q 'older checkpoint' second.log || wrong "nothing was said about stepping back: $(cat second.log)"
"$HF" status --state list.csv.holdfast a >status.txt
grep -q 'resumed from generation 2' status.txt || wrong "status does not say from what it resumed: $(cat status.txt)"

# By hand: a job that is dead resumes from the generation that a person names.
printf 'job_id\nb\n' >hand.csv
cat >hand.sh <<E2
state=\$HOLDFAST_CHECKPOINT_DIR/state
if [[ -e '$PWD/go' ]]; then cat "\$state" >"\$HOLDFAST_OUTPUT_DIR/result.txt"; exit 0; fi
for n in 1 2 3; do echo \$n >"\$state"; "\$HF" checkpoint; done
exit 65
E2
"$HF" run hand.csv --checkpoint-pause 0s -- bash "$PWD/hand.sh" 2>third.log && wrong 'a refused job is not dead'
touch go
"$HF" dead requeue --state hand.csv.holdfast b --from-generation 9 2>none.log && wrong 'a generation that is not there was taken'
"$HF" dead requeue --state hand.csv.holdfast b --from-generation 2 >requeue.log 2>&1 || wrong "$(cat requeue.log)"
"$HF" run hand.csv -- bash "$PWD/hand.sh" 2>fourth.log
result=$(find hand.csv.holdfast/store -name result.txt -exec cat {} + 2>/dev/null | sort -u)
[[ $result == 2 ]] || wrong "brought back from generation 2 the job found '$result': $(cat requeue.log fourth.log)"
right 'stepped back, by itself and by hand'
