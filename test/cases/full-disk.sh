#!/usr/bin/env bash
# The disk is full while a snapshot is taken, while a result is stored, and while a checkpoint is restored. Nothing that was
# finished is done again: once there is room, the job ends with its right result. Needs root, for a small file system.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir small
mount -t tmpfs -o size=32m none small || wrong 'a small file system needs root'
at_end umount -l "$PWD/small"
fill() { head -c 40m /dev/zero >"$HERE/small/filler" 2>/dev/null; }
export -f fill
export HF HERE=$PWD

cat >program.sh <<'P'
echo run >>"$HERE/runs"
if [[ ! -e state ]]; then
  head -c 3000000 /dev/urandom >state
  sha256sum <state >"$HERE/sum"
  "$HF" checkpoint || exit 3
  until "$HF" status a --state "$HERE/small/state" --json | grep -q '"generation":1'; do sleep 0.05; done
  fill
  head -c 4096 /dev/urandom >more 2>/dev/null
  "$HF" checkpoint >"$HERE/refused" 2>&1
  : >"$HERE/snapshot-tried"
  until [[ -e "$HERE/go-on" ]]; do sleep 0.05; done
fi
[[ $(sha256sum <state) == $(cat "$HERE/sum") ]] || exit 4
until cp state "$HOLDFAST_OUTPUT_DIR/result" 2>/dev/null; do sleep 0.05; done
fill
: >"$HERE/computed"
P
printf 'job_id\na\n' >jobs.csv
run() {  # LOG [OPTIONS]
  exec "$HF" run jobs.csv --state small/state --checkpoint-every 0 "${@:2}" -- bash "$HERE/program.sh" >"$1" 2>&1
}
says() { grep -q "$2" "$1"; }

(run first.log) &
first=$!
at_end kill -KILL "$first"
patience=60 wait_for 'a snapshot on a full disk' test -e snapshot-tried
kill -KILL "$first"
wait "$first" 2>/dev/null
# While it is restored: there is no room for it, and this run may say so and end. What the first one left would be removed, and
# make room.
rm -rf small/state/work
rm small/filler
head -c 4096 /dev/urandom >small/reserve
fill
rm small/reserve
(run second.log) &
second=$!
at_end kill -KILL "$second"
restoring() { says second.log -i 'no space\|disk is full\|no room' || ! kill -0 "$second" 2>/dev/null; }
wait_for 'a restore without room' restoring
rm small/filler
kill -KILL "$second" 2>/dev/null
wait "$second" 2>/dev/null

: >go-on
rm -f computed
(run third.log --log-level debug) &
third=$!
at_end kill -KILL "$third"
patience=60 wait_for 'a finished program' test -e computed
not_stored() { says third.log 'not stored'; }
wait_for 'word that the result has no room' not_stored
# Every try is a line for who looks for a fault, and only the first one for others.
tried_again() { (($(grep -c ' debug result not stored' third.log) >= 2)); }
wait_for 'more tries to store the result' tried_again
(($(grep -v ' debug ' third.log | grep -c 'not stored') == 2)) ||
  wrong "the log is filled: $(grep -v ' debug ' third.log | grep 'not stored')"
kill -0 "$third" 2>/dev/null || wrong "the run gave a finished result up: $(tail -5 third.log)"
runs=$(wc -l <runs)
rm small/filler
wait "$third" || wrong "the run ended with $?: $(tail -5 third.log)"
[[ $(sha256sum <small/state/store/a/result) == $(cat sum) ]] || wrong 'the result is not right'
[[ $(wc -l <runs) == "$runs" ]] || wrong 'the finished program ran again'
right "the result is there after $runs runs"
