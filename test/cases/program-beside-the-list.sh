#!/usr/bin/env bash
# What everybody types first: a script that lies beside the list. --chdir says it where it matters.
# shellcheck source=test/cases/lib.sh
. "$(dirname "$0")/lib.sh"

here=$PWD
printf 'job_id,x\na,1\n' >jobs.csv
cat >train.py <<'P'
import os, sys
open(os.path.join(sys.argv[2], "r"), "w").write(sys.argv[1] + " " + os.getcwd())
P
"$HF" run jobs.csv -- python3 train.py '{x}' '{output_dir}' 2>log || wrong "$(tail -3 log)"
[[ $(cat jobs.csv.holdfast/store/a/r) == "1 $here" ]] || wrong "it ran in $(cat jobs.csv.holdfast/store/a/r)"
# shellcheck disable=SC2016
where='pwd >"$HOLDFAST_OUTPUT_DIR/r"; echo "{slot} {attempt} {checkpoint_dir}" >>"$HOLDFAST_OUTPUT_DIR/r"'
"$HF" run jobs.csv --state checkpoint --chdir checkpoint -- sh -c "$where" 2>log || wrong "$(tail -3 log)"
{ read -r directory; read -r slot attempt named; } <checkpoint/store/a/r
[[ $directory == "$named" && $slot == 1 && $attempt == 1 ]] || wrong "$(cat checkpoint/store/a/r)"
mkdir elsewhere
"$HF" run jobs.csv --state dir --chdir elsewhere -- sh -c "$where" 2>log || wrong "$(tail -3 log)"
[[ $(head -1 dir/store/a/r) == "$here/elsewhere" ]] || wrong "it ran in $(head -1 dir/store/a/r)"
"$HF" run jobs.csv --state none --chdir nowhere -- true 2>log
(($? == 2)) || wrong 'a directory that is not there is no usage error'
right 'the program runs where it is expected'
