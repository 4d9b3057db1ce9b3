#!/usr/bin/env bash
# The folder where a person stands was removed, as after a rebuild. Who needs it says so; who does not, works.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\na\n' >list.csv
"$HF" run list.csv --state S -- true >run.log 2>&1 || wrong "$(cat run.log)"
mkdir gone && cd gone && rmdir ../gone || exit 2
"$HF" run "$case_folder/list.csv" --state "$case_folder/S" -- true >"$case_folder/log" 2>&1 && wrong 'a run in a folder that is gone'
grep -q 'the folder where it was started is not there any more' "$case_folder/log" || wrong "$(cat "$case_folder/log")"
"$HF" status a --state "$case_folder/S" >"$case_folder/log" 2>&1 || wrong "status: $(cat "$case_folder/log")"
right 'it is said, and nothing is hindered that needs no folder'
