#!/usr/bin/env bash
# --run-as: the program runs as another user, who owns the files of its job, gets at its checkpoint again after a kill, can say what
# every program can say, and cannot read what only the worker may.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
((EUID == 0)) || wrong 'this case needs root'

printf 'job_id\na\n' >list.csv
echo secret >worker.env
chmod 600 worker.env
"$HF" run list.csv --state closed --run-as nobody -- true >log 2>&1 && wrong "it ran though nobody cannot get there: $(cat log)"
grep -q "nobody has no access through $PWD" log || wrong "what is in the way: $(cat log)"
chmod 711 .
cat >program.sh <<'P'
id -un >"$HOLDFAST_OUTPUT_DIR/who" || exit 65
id -G >"$HOLDFAST_OUTPUT_DIR/groups"
echo "$HOME $USER" >"$HOLDFAST_OUTPUT_DIR/home"
cat "$HOLDFAST_JOB_FILE" >"$HOLDFAST_OUTPUT_DIR/job" || exit 65
cat "$1/worker.env" 2>/dev/null && exit 65
ls "$1/closed" "$HOLDFAST_CHECKPOINT_DIR/../.." 2>/dev/null && exit 65
ls "$HOLDFAST_INPUT_DIR" >/dev/null || exit 65
touch "$HOLDFAST_SCRATCH_DIR/x" "$TMPDIR/y" || exit 65
n=0
[ -e folder/n ] && n=$(cat folder/n)
mkdir -p folder
while [ "$n" -lt 30 ]; do
  n=$((n + 1))
  echo "$n" >folder/new && mv folder/new folder/n || exit 65
  [ "$n" = 10 ] && { "$2" checkpoint || exit 65; }
  sleep 0.1
done
echo "$n $HOLDFAST_RESUMED" >"$HOLDFAST_OUTPUT_DIR/n"
P
cp "$HF" hf 2>/dev/null || ln "$HF" hf
chmod 755 hf program.sh
# With a further group of its own, which the program must not have.
run() { setpriv --groups 4 -- "$HF" run list.csv --state s --run-as "$1" --checkpoint-every 300ms --chdir checkpoint -- sh "$PWD/program.sh" "$PWD" "$PWD/hf" >log 2>&1; }
run nobody &
run=$!
stored() { grep -q 'a: checkpoint stored' log; }
wait_for 'a checkpoint' stored
pkill -KILL -P "$run" -f "$(basename "$HF")" || wrong 'nothing to kill'
wait "$run"
run "$(id -u nobody)" || wrong "the second run: $(cat log) $("$HF" logs --state s a 2>&1 | tail -5)"
result() { cat "s/store/a/$1"; }
[[ $(result who) == nobody ]] || wrong "it ran as $(result who)"
[[ $(result groups) == "$(id -G nobody)" ]] || wrong "with the groups $(result groups)"
[[ $(result home) == *' nobody' ]] || wrong "its home is $(result home)"
[[ $(result job) == *'"a"'* ]] || wrong "its job is $(result job)"
[[ $(result n) == '30 1' ]] || wrong "it counted to $(result n)"
"$HF" run list.csv --state t --run-as no-such-user -- true >log 2>&1
(($? == 2)) || wrong 'a user whom nobody knows is accepted'
setpriv --reuid nobody --clear-groups -- "$PWD/hf" run list.csv --state /tmp/x --run-as root -- true >log 2>&1
(($? == 2)) || wrong "without root: $(cat log)"
right 'the program is somebody else'
