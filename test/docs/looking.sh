#!/usr/bin/env bash
# docs/logs.md, docs/dashboard.md, docs/doctor.md and docs/simulate.md: what one asks about jobs, before, during and after.
. "$(dirname "${BASH_SOURCE[0]}")/page.bash"
fleet

# shellcheck source=/dev/null
healthy() (
  set -a
  . ./worker.env
  set +a
  line doctor 1
  line doctor 2
  line doctor 3
  python3 -c 'import json, sys; sys.exit(not json.load(sys.stdin)["healthy"])' <doctor.3.out || wrong "doctor: $out"
)
page docs/doctor.md
healthy || exit 1
whole_page_used

printf 'job_id\njob-16\njob-17\n' >jobs.csv
# shellcheck disable=SC2016  # For the job's shell.
printf 'echo "begun $1"\nsleep 1.5\necho "done $1"\necho yes >"$HOLDFAST_OUTPUT_DIR/result"\n' >job.sh
holdfast submit --env-file worker.env jobs.csv >submit.out 2>&1 || wrong "submit: $(<submit.out)"
page docs/logs.md
text_of_line logs 1 >follow.sh
bash follow.sh >followed 2>&1 </dev/null &
follower=$!
worker
wait "$follower" || wrong "following ended with $?: $(<followed)"
grep -q 'begun job-17' followed && grep -q 'done job-17' followed || wrong "followed: $(<followed)"
holdfast run jobs.csv -- sh "$PWD/job.sh" '{job_id}' >run.out 2>&1 || wrong "run: $(<run.out)"
line logs 2
[[ $out == *'begun job-17'*'done job-17'* ]] || wrong "the log: $out"
line logs 3
said logs.3 'begun job-17' 'done job-17'
line logs 4
said logs.4 'done job-17'
whole_page_used

# A dashboard runs until it is ended.
page docs/dashboard.md
for n in 1 2; do
  text_of_line open "$n" | sed 's/^/exec /' >open.sh
  bash open.sh >open.out 2>&1 </dev/null &
  dashboard=$!
  at_end kill -KILL "$dashboard"
  wait_for "the dashboard's address" grep -qo 'http://127[^ ]*token=[^ ]*' open.out
  address=$(grep -o 'http://127[^ ]*token=[^ ]*' open.out | head -1)
  curl -sSf "${address%%#*}" >index.html || wrong "no page at $address"
  grep -qi '<html' index.html || wrong "the page: $(head -c 300 index.html)"
  kill -TERM "$dashboard"
  wait "$dashboard"
done
line report 1
said report.1 completed
line report 2
grep -q job-17 report.html || wrong 'the report does not name job-17'
line report 3
python3 -c 'import json, sys; json.load(sys.stdin)' <report.3.out || wrong "the report: $out"
whole_page_used

page docs/simulate.md
for n in 1 2 3 4; do line history "$n"; done
whole_page_used
right 'one can look'
