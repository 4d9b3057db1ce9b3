#!/usr/bin/env bash
# A worker whose command asks for a field that the jobs lack leaves them to others, and ends.
# shellcheck source=test/cases/lib.sh
. "$(dirname "$0")/lib.sh"

name=case-$$-$RANDOM
cat >worker.env <<ENV
AMQP_URL=$HOLDFAST_TEST_AMQP_URL
JOB_QUEUE=$name
HOLDFAST_MANAGEMENT_URL=$HOLDFAST_TEST_MANAGEMENT_URL
HOLDFAST_STORE=s3://$HOLDFAST_TEST_S3_BUCKET/$name
R2_AWS_ACCESS_KEY_ID=$HOLDFAST_TEST_S3_ACCESS_KEY
R2_AWS_SECRET_ACCESS_KEY=$HOLDFAST_TEST_S3_SECRET_KEY
R2_S3_ENDPOINT_URL=$HOLDFAST_TEST_S3_ENDPOINT
ENV
"$HF" setup --env-file worker.env >log 2>&1 || wrong "setup: $(tail -1 log)"
{
  echo job_id,steps
  for n in $(seq 8); do echo "j$n,$n"; done
} >jobs.csv
"$HF" submit --env-file worker.env jobs.csv 2>log || wrong "submit: $(tail -1 log)"
timeout 100 "$HF" work --env-file worker.env -- echo '{step}' 2>log
(($? == 2)) || wrong "the mistyped worker: $(tail -1 log)"
grep -q 'the command asks for {step}' log || wrong "nothing says what is wrong: $(tail -1 log)"
[[ -z $("$HF" dead list --env-file worker.env --json) ]] || wrong 'it made jobs dead'
# Those that it gave back come after their pause; a right worker does them all.
"$HF" work --env-file worker.env -- touch '{output_dir}/{steps}' 2>log &
worker=$!
at_end kill -KILL "$worker"
patience=120 wait_for 'all jobs' sh -c '[ $(grep -c "job completed" log) -ge 8 ]'
right 'the jobs were left to a worker whose command fits'
