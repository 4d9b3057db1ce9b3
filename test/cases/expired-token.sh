#!/usr/bin/env bash
# Temporary keys end while a job runs. Whoever made them writes new ones into the file of variables a little later. The job loses
# nothing: it runs once, its result is stored, and meanwhile the log and /healthz say what is missing.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"

echo OLD >allowed
python3 "$here/small_s3.py" port allowed &
at_end kill -KILL "$!"
wait_for 'the store' test -e port
variables() {  # KEY
  cat <<ENV
AMQP_URL=sqlite:$PWD/queue
R2_AWS_ACCESS_KEY_ID=$1
R2_AWS_SECRET_ACCESS_KEY=secret
R2_AWS_SESSION_TOKEN=token-of-$1
R2_S3_ENDPOINT_URL=http://127.0.0.1:$(cat port)
R2_BUCKET_NAME=bucket
ENV
}
variables OLD >worker.env
printf 'job_id\nj\n' >jobs.csv
"$HF" submit --env-file worker.env jobs.csv 2>submit.log || wrong "submit: $(cat submit.log)"
cat >job.sh <<'JOB'
echo run >>"$1/runs"
until [ -e "$1/over" ]; do
  date >now
  read -r -t 0.2 _ <>"$1/never"
done
echo done >"$HOLDFAST_OUTPUT_DIR/result"
JOB
mkfifo never
"$HF" work --env-file worker.env --until-empty --work-dir "$PWD/w" --checkpoint-every 1s --listen 127.0.0.1:0 -- bash "$PWD/job.sh" "$PWD" 2>work.log &
work=$!
at_end kill -KILL "$work"
committed() { grep -q 'checkpoint committed' work.log; }
wait_for 'a checkpoint' committed
page=$(grep -o 'http://127.0.0.1:[0-9]*' work.log | head -1)

echo NEW >allowed
refused() { grep -q ' error .*ExpiredToken' work.log; }
wait_for 'a line at level error' refused
health=$(curl -s "$page/healthz")
[[ $health == *'"healthy":true'* && $health == *'the store refuses access'* ]] || wrong "/healthz says $health"
curl -s "$page/metrics" | grep -q '^holdfast_store_denied.* 1$' || wrong 'the metrics do not show it'
touch over
stored_in_vain() { grep -q 'result not stored' work.log; }
wait_for 'the result to be refused' stored_in_vain
variables NEW >worker.env.new
mv worker.env.new worker.env
wait "$work" || wrong "the worker ended with $?: $(tail -3 work.log)"
[[ $(cat runs) == run ]] || wrong "the job ran $(wc -l <runs) times"
[[ $("$HF" status j --env-file worker.env --json) == *'"state":"completed"'* ]] || wrong 'it is not completed'
grep -q 'secret\|token-of' work.log && wrong 'a secret is in the log'
right 'refused for a while, finished in its one attempt'
