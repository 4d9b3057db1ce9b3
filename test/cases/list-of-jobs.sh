#!/usr/bin/env bash
# A person asks which jobs run, which are dead and why, and how many there are: while they run, after the run was
# killed, and at the end.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

{
  echo job_id,mode
  printf 'good-%s,good\n' {1..8}
  printf 'bad-%s,bad\n' 1 2
  echo long-1,long
} >list.csv
cat >program.sh <<'SH'
case $1 in
  good) echo 42 >"$HOLDFAST_OUTPUT_DIR/answer" ;;
  bad) exit 65 ;;
  long) until [[ -e $2 ]]; do sleep 0.1; done && echo 43 >"$HOLDFAST_OUTPUT_DIR/answer" ;;
esac
SH
state=list.csv.holdfast
listed() {  # ARGUMENTS...: the ids that are listed, on one line
  "$HF" list --state "$state" --json "$@" 2>/dev/null | sed 's/.*"job_id":"\([^"]*\)".*/\1/' | sort | xargs
}
is_listed() {  # IDS ARGUMENTS...
  [[ $(listed "${@:2}") == "$1" ]]
}

"$HF" run list.csv --slots 2 -- bash "$PWD/program.sh" {mode} "$PWD/go" 2>run.log &
run=$!
at_end kill -KILL "$run"
wait_for 'the dead jobs are listed' is_listed 'bad-1 bad-2' --state dead
wait_for 'the completed jobs are listed' is_listed "$(printf 'good-%s ' {1..8} | xargs)" --state completed
wait_for 'the running job is listed' is_listed long-1 --state running
kill -KILL "$run"
wait "$run" 2>/dev/null

touch go
"$HF" run list.csv --slots 2 -- bash "$PWD/program.sh" {mode} "$PWD/go" 2>>run.log
is_listed '' --state running || wrong "jobs are listed as running though none does: $(listed --state running)"
[[ $(listed --state completed | wc -w) == 9 ]] || wrong "completed are: $(listed --state completed)"
is_listed 'bad-1 bad-2' --reason refused || wrong "refused are: $(listed --reason refused)"
is_listed bad-1 --match bad-1 || wrong "of the text bad-1 is listed: $(listed --match bad-1)"
"$HF" list --state "$state" --limit 3 2>&1 | grep -q '8 more' || wrong 'a list that is cut does not say so'
"$HF" list --state sleeping 2>/dev/null && wrong 'a state that there is not is taken'

rm -rf "$state/store/.fleet"
[[ -z $(listed) ]] || wrong 'jobs are listed without an index'
counted() {  # INDEX-OR-LOGS: status counts by it, and right
  "$HF" status --state "$state" --json 2>status.log |
    grep -q "\"completed\":9,\"dead\":2,\"cancelled\":0,\"others\":0,\"damaged\":0.*\"by\":\"$1\""
}
counted logs || wrong 'without an index the jobs are not counted by their logs'
grep -q -- --recount status.log || wrong "nothing is said of --recount: $(<status.log)"
"$HF" status --state "$state" --recount 2>/dev/null || wrong 'the index cannot be built again'
[[ $(listed | wc -w) == 11 ]] || wrong "after --recount are listed: $(listed)"
is_listed 'bad-1 bad-2' --state dead || wrong "after --recount dead are: $(listed --state dead)"
counted index || wrong 'after --recount the jobs are not counted by the index'
mkdir -p old.csv.holdfast/store/a-job-of-an-older-version
touch old.csv.holdfast/store/a-job-of-an-older-version/checkpoint
printf 'job_id\none\n' >old.csv
"$HF" run old.csv -- true 2>/dev/null && state=old.csv.holdfast
"$HF" status --state "$state" --json 2>/dev/null | grep -q '"completed":1.*"others":1.*"by":"logs"' ||
  wrong 'the index is believed though the store is older than it'
right 'running, dead and completed jobs are listed while they run, after a kill, and at the end'
