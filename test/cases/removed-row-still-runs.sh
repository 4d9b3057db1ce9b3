#!/usr/bin/env bash
# A list that is edited between two runs: what was taken out, changed and added is told.
# shellcheck source=test/cases/lib.sh
. "$(dirname "$0")/lib.sh"

begin() {  # FOLDER: a run of which the first job has begun, and is stopped.
  mkdir "$1" && cd "$1" || exit 2
  printf 'job_id,x\nfirst,1\nmistake,2\nchanged,3\n' >l.csv
  mkfifo go
  "$HF" run l.csv -- sh -c 'echo begun >&2; read -r _ <'"$PWD"'/go' 2>log1 &
  wait_for 'the first job' test -s l.csv.holdfast/logs/first.log
  kill -TERM $!
  wait $!
  printf 'job_id,x\nfirst,1\nchanged,4\nnew,5\n' >l.csv
}
result() { cat "l.csv.holdfast/store/$1/r" 2>/dev/null; }
again() { "$HF" run l.csv "$@" -- sh -c 'echo "$1" >"$HOLDFAST_OUTPUT_DIR/r"' x '{x}' 2>log2; }

(
  begin told
  again || wrong "$(tail -1 log2)"
  grep -q '1 job is no longer in l.csv' log2 || wrong "nothing tells of the removed row: $(head -4 log2)"
  grep -q "1 job of l.csv differs .*'changed' in line 3" log2 || wrong "nothing tells of the changed row: $(head -4 log2)"
  grep -q 'the command has changed' log2 || wrong "nothing tells of the changed command: $(head -4 log2)"
  [[ $(result changed) == 3 && $(result new) == 5 ]] || wrong "results are $(result changed) and $(result new)"
) || exit 1
(
  begin done
  again --update --cancel-removed || wrong "$(tail -1 log2)"
  [[ -z $(result mistake) ]] || wrong 'a job ran that was taken out of the list'
  [[ $(result changed) == 4 ]] || wrong "the changed job gave $(result changed)"
) || exit 1
right 'an edited list is told, and followed on request'
