#!/usr/bin/env bash
# Only folders that holdfast made are emptied. Whatever a person names: what lies there is still there afterwards.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\na\n' >list.csv
work() {
  "$HF" work --queue "sqlite:$PWD/q" --store "file:$PWD/s" --until-empty "$@" -- true >out 2>&1
}
refused() {  # CODE WHAT FILE
  (($1 == 2)) || wrong "$2 ended with $1: $(cat out)"
  [[ $(cat "$3") == precious ]] || wrong "$2 removed $3"
  [[ $(find "$(dirname "$3")" -name lock -o -name .holdfast) == '' ]] || wrong "$2 left something in a person's folder"
}
"$HF" submit --queue "sqlite:$PWD/q" list.csv >/dev/null 2>&1
slot=work/1  # Where a run would put its first job.
mkdir -p person/job "person/$slot" person/checkpoint
for file in person/job/data "person/$slot/data" person/data; do echo precious >"$file"; done
work --work-dir person
refused $? 'work --work-dir' person/job/data
"$HF" run list.csv --state person -- true >out 2>&1
refused $? 'run --state' "person/$slot/data"
mkdir -p deeper/job && echo precious >deeper/job/data
work --work-dir deeper
refused $? 'work --work-dir, with a job/ of a person,' deeper/job/data
for id in .. . "$PWD/person" ../person 'a b' 'a/b' ''; do
  [[ -z $id ]] || {
    work --worker "$id"
    refused $? "work --worker '$id'" person/job/data
  }
done
# What a cloud calls a machine is made to fit.
SALAD_INSTANCE_ID=../../../$PWD/person HOLDFAST_METADATA_URL=none work --metadata-url none || wrong "a strange instance id ended with $?: $(cat out)"
[[ $(cat person/job/data) == precious ]] || wrong 'a strange instance id removed a file'
# Our own folder is used again, and nothing of a job is left in it.
for round in 1 2; do
  printf 'job_id\nn%s\n' $round >"list$round.csv"
  "$HF" submit --queue "sqlite:$PWD/q" "list$round.csv" >/dev/null 2>&1
  (umask 022; work --work-dir ours) || wrong "round $round ended with $?: $(cat out)"
  left=$(find ours/job -mindepth 1 -not -name .holdfast)
  [[ -z $left ]] || wrong "a job left $left"
done
[[ $(stat -c %a ours ours/job | sort -u) == 700 ]] || wrong "modes: $(stat -c '%a %n' ours ours/job)"
# What earlier releases left, without a mark, goes on.
mkdir -p old/job/{checkpoint,output,snapshots} && touch old/lock old/job/job.json
printf 'job_id\nold\n' >old.csv
"$HF" submit --queue "sqlite:$PWD/q" old.csv >/dev/null 2>&1
work --work-dir old || wrong "a folder of an earlier release ended with $?: $(cat out)"
right 'no file of a person is gone'
