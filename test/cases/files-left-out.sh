#!/usr/bin/env bash
# What --exclude and .holdfastignore leave out is in no checkpoint, neither one that is taken while the program runs nor the last one of
# a drain; everything else is. It is said once per attempt. The rules themselves are kept for the next attempt, and outputs are not meant.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"

printf 'job_id\nj\n' >jobs.csv
cat >job.sh <<'JOB'
cd "$HOLDFAST_CHECKPOINT_DIR"
if [ "$HOLDFAST_ATTEMPT" -gt 1 ]; then
  find . ! -type d | sort >"$HOLDFAST_OUTPUT_DIR/restored-$HOLDFAST_ATTEMPT"
fi
[ "$HOLDFAST_ATTEMPT" -gt 2 ] && exit 0
mkdir -p cache/deep sub
printf 'cache/\n!keep.tmp\n' >.holdfastignore
for name in state cache/x cache/deep/y sub/a.tmp sub/keep.tmp sub/b.bin keep.tmp other.tmp; do echo "$name" >"$name"; done
mkdir -p "$HOLDFAST_OUTPUT_DIR/cache"
echo kept >"$HOLDFAST_OUTPUT_DIR/cache/out.tmp"
touch "$1/ready-$HOLDFAST_ATTEMPT"
while :; do echo more >>cache/x; date >state; read -r -t 0.1 _ <>"$1/never"; done
JOB
mkfifo never
run() {
  "$HF" run jobs.csv --log-level info --exclude '*.tmp' --exclude /sub/b.bin --checkpoint-every 300ms -- bash "$PWD/job.sh" "$PWD" 2>>run.log &
  run=$!
}
run
committed() { (($(grep -c 'checkpoint committed' run.log) >= $1)); }
wait_for 'the program' test -e ready-1
wait_for 'two checkpoints' committed 2
kill -KILL "$run"
wait "$run" 2>/dev/null
[[ $(grep -c 'checkpoints leave files out' run.log) == 1 ]] || wrong "said $(grep -c 'checkpoints leave files out' run.log) times: $(cat run.log)"
grep -q 'checkpoints leave files out.*cache' run.log || wrong "it is not said what: $(grep 'leave files out' run.log)"
run
at_end kill -KILL "$run"
wait_for 'the program again' test -e ready-2
kill -TERM "$run"
wait "$run"
run
wait "$run" || wrong "the last run ended with $?: $(tail -3 run.log)"
wanted=$'./.holdfastignore\n./keep.tmp\n./state\n./sub/keep.tmp'
result=jobs.csv.holdfast/store/j
[[ $(cat "$result/restored-2") == "$wanted" ]] || wrong "after a kill there was $(cat "$result/restored-2")"
[[ $(cat "$result/restored-3") == "$wanted" ]] || wrong "after a drain there was $(cat "$result/restored-3")"
[[ $(cat "$result/cache/out.tmp") == kept ]] || wrong 'an output was left out'
right 'left out of all checkpoints, said once'
