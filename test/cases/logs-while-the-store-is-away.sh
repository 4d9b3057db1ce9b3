#!/usr/bin/env bash
# The store is away while a job prints: the job is not held back and does not fail, and once the store is back its log is whole.
# shellcheck source=test/cases/lib.sh
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"

echo KEY >allowed
python3 "$here/small_s3.py" port allowed &
at_end kill -KILL "$!"
wait_for 'the store' test -e port
cat >worker.env <<ENV
AMQP_URL=sqlite:$PWD/queue
R2_AWS_ACCESS_KEY_ID=KEY
R2_AWS_SECRET_ACCESS_KEY=secret
R2_S3_ENDPOINT_URL=http://127.0.0.1:$(cat port)
R2_BUCKET_NAME=bucket
ENV
printf 'job_id\nj\n' >jobs.csv
"$HF" submit --env-file worker.env jobs.csv 2>submit.log || wrong "submit: $(cat submit.log)"
cat >job.sh <<'JOB'
i=0
until [ -e "$1/end" ]; do
  i=$((i + 1))
  echo "line $i" | tee -a "$1/printed"
  read -r -t 0.02 _ <>"$1/never"
done
JOB
mkfifo never
"$HF" work --env-file worker.env --until-empty --log-every 200ms --work-dir "$PWD/w" -- bash "$PWD/job.sh" "$PWD" 2>work.log &
work=$!
at_end kill -KILL "$work"
logs() { "$HF" logs --env-file worker.env j 2>words; }
stored() { logs | grep -q 'line 5$'; }
wait_for 'the first lines' stored
echo NOBODY >allowed
failed() { grep -q 'task log not stored' work.log; }
wait_for 'a log that is not stored' failed
lines=$(wc -l <printed)
goes_on() { (($(wc -l <printed) > lines + 50)); }
wait_for 'the job to go on' goes_on
echo KEY >allowed
later() { logs | grep -qx "line $((lines + 40))"; }
wait_for 'what was printed meanwhile' later
touch end
wait "$work" || wrong "the worker ended with $?: $(tail -3 work.log)"
logs >log
cmp log printed || wrong "the log has $(wc -l <log) lines, $(wc -l <printed) were printed"
[[ $(grep -c 'task log not stored' work.log) == 1 ]] || wrong 'it is told more than once per outage'
right 'nothing is missing'
