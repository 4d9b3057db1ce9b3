# shellcheck shell=bash
# Sourced after lib.sh by cases with workers at a real broker and store.
#   fleet_variables URL-OF-THE-BROKER NAME-IN-THE-BUCKET [S3-ENDPOINT [MANAGEMENT-URL]]
#   new_fleet [4]   a queue $name of this case alone at the broker (or at RabbitMQ 4.0), a place in the bucket, and both in worker.env

fleet_variables() {
  cat <<ENV
AMQP_URL=$1
JOB_QUEUE=q
HOLDFAST_MANAGEMENT_URL=${4:-$HOLDFAST_TEST_MANAGEMENT_URL}
HOLDFAST_STORE=s3://$HOLDFAST_TEST_S3_BUCKET/$2
R2_AWS_ACCESS_KEY_ID=$HOLDFAST_TEST_S3_ACCESS_KEY
R2_AWS_SECRET_ACCESS_KEY=$HOLDFAST_TEST_S3_SECRET_KEY
R2_S3_ENDPOINT_URL=${3:-$HOLDFAST_TEST_S3_ENDPOINT}
ENV
}

new_fleet() {
  local url=HOLDFAST_TEST_AMQP${1:-}_URL management=HOLDFAST_TEST_MANAGEMENT${1:-}_URL
  name=case-$$-$RANDOM
  fleet_variables "${!url}" "$name" '' "${!management}" | sed "s/^JOB_QUEUE=.*/JOB_QUEUE=$name/" >worker.env
  chmod 600 worker.env
  "$HF" setup --env-file worker.env >setup.log 2>&1 || wrong "setup: $(tail -1 setup.log)"
}
