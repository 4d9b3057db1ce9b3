#!/bin/sh
# The job of slow_sum.cc as a script that knows nothing but its environment. It never says when its
# checkpoint directory is consistent: it keeps it so at every instant (write aside, rename), and
# the worker stops it for the moment of a snapshot.
#
#   holdfast work -- ./slow_sum.sh {steps}
set -eu

steps=${1:?usage: slow_sum.sh STEPS}
case $steps in
  *[!0-9]*)
    echo "slow_sum.sh: STEPS must be a whole number, not $steps" >&2
    exit 65 ;;  # This job can never work.
esac

checkpoints=${HOLDFAST_CHECKPOINT_DIR:-./checkpoints}
outputs=${HOLDFAST_OUTPUT_DIR:-./outputs}
step_seconds=${SLOW_SUM_STEP_SECONDS:-30}
mkdir -p "$checkpoints" "$outputs"

step=0
sum=0
if [ -f "$checkpoints/checkpoint.json" ]; then
  # {"step": 7, "sum": 28}
  step=$(sed -n 's/.*"step": *\([0-9][0-9]*\).*/\1/p' "$checkpoints/checkpoint.json")
  sum=$(sed -n 's/.*"sum": *\([0-9][0-9]*\).*/\1/p' "$checkpoints/checkpoint.json")
fi

# Asked to stop: 85 is "there is more to do, run me again". Every finished step is saved already.
trap 'exit 85' TERM INT

echo "Starting step: $step of $steps"
while [ "$step" -lt "$steps" ]; do
  sleep "$step_seconds" &
  wait $!  # A trap runs at once during wait, but not during sleep.
  step=$((step + 1))
  sum=$((sum + step))
  printf '{"step": %d, "sum": %d}' "$step" "$sum" > "$checkpoints/checkpoint.tmp"
  mv "$checkpoints/checkpoint.tmp" "$checkpoints/checkpoint.json"
  echo "Step $step, sum $sum"
done
printf '%d' "$sum" > "$outputs/result.txt"
