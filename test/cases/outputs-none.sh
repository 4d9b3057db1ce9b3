#!/usr/bin/env bash
# A program that leaves nothing in its output directory is completed, and it is told.
# shellcheck source=test/cases/lib.sh
. "$(dirname "$0")/lib.sh"

printf 'job_id\nj\n' >jobs.csv
"$HF" run jobs.csv --state none -- true 2>log || wrong "$(tail -1 log)"
grep -q 'there is no result' log || wrong "nothing is said: $(tail -2 log)"
"$HF" run jobs.csv --state some -- touch '{output_dir}/r' 2>log || wrong "$(tail -1 log)"
grep -q 'no result' log && wrong "it is said of a job that left one"
[[ -e some/store/j/r ]] || wrong 'no result'
right 'a job without a result is told'
