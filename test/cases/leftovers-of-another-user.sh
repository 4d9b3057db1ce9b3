#!/usr/bin/env bash
# A job leaves files that the worker may not remove (docker run -v does). Later jobs run, this is said once, and what is left is
# removed when it can be. Needs root, to become somebody else.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\na\nb\nc\n' >list.csv
cp "$HF" holdfast
chmod 755 . holdfast
mkdir state && chown 54321:54321 state
cat >program.sh <<'P'
echo "$HOLDFAST_JOB_ID" >"$HOLDFAST_OUTPUT_DIR/r"
[ "$HOLDFAST_JOB_ID" = a ] || exit 0
mkdir left
pwd >"$1/where"
while [ ! -e "$1/go" ]; do sleep 0.05; done
P
as_other() {
  setpriv --reuid 54321 --regid 54321 --clear-groups "$@"
}
touch where && chown 54321:54321 where
as_other ./holdfast run list.csv --state state --log-level warn -- sh "$PWD/program.sh" "$PWD" >log 2>&1 &
run=$!
at_end kill -KILL "$run"
wait_for 'the first job' test -s where
left=$(cat where)/left
touch "$left/of-root"
chown -R 0:0 "$left"
touch go
wait "$run" || wrong "the run ended with $?: $(cat log)"
[[ $(cat state/store/{a,b,c}/r | tr '\n' ' ') == 'a b c ' ]] || wrong "results: $(cat state/store/*/r)"
(($(grep -c 'cannot be removed' log) == 1)) || wrong "it was said $(grep -c 'cannot be removed' log) times: $(cat log)"
[[ -e $left/of-root ]] || wrong 'the file of root is gone'
chown -R 54321:54321 "$left"
printf 'job_id\nd\n' >>list.csv
as_other ./holdfast run list.csv --state state -- sh "$PWD/program.sh" "$PWD" >log 2>&1 || wrong "the second run ended with $?: $(cat log)"
[[ ! -e $left ]] || wrong 'it was not tried again'
right 'it blocked nobody'
