#!/usr/bin/env bash
# docs/python.md: the program alone, killed ten times, on a list, and a fleet from Python.
. "$(dirname "${BASH_SOURCE[0]}")/page.bash"
page docs/python.md
fleet
cp "$project/python/holdfast.py" .
export HOLDFAST=$HF PYTHONDONTWRITEBYTECODE=1

block train.py python >train.py
/usr/bin/python3 train.py >alone.out 2>&1 || wrong "alone: $(<alone.out)"
[[ $(<outputs/result.txt) == 500500 ]] || wrong "alone: $(<outputs/result.txt)"

{
  printf 'import sys\nimport holdfast\n'
  block rehearse python
} >rehearse.py
/usr/bin/python3 rehearse.py >rehearse.out 2>&1 || wrong "the rehearsal: $(<rehearse.out)"

printf 'job_id,steps\na,30\n' >jobs.csv
holdfast run jobs.csv --to results -- /usr/bin/python3 train.py >run.out 2>&1 || wrong "run: $(<run.out)"
[[ $(<results/a/result.txt) == 465 ]] || wrong "on a list: $(<results/a/result.txt)"

{
  printf 'import holdfast\n'
  block submit python
} >submit.py
[[ $(wc -l <submit.py) -gt 5 ]] || wrong 'the page has no block submit'
/usr/bin/python3 -u submit.py >submit.out 2>&1 &
events=$!
at_end kill -KILL "$events"
wait_for 'a hundred jobs that wait' grep -qx '100 waiting' submit.out
kill -KILL "$events"
right 'the Python of the page works'
