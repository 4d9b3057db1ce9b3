# shellcheck shell=bash
# A prefix of its own in the test's S3 bucket, and a queue in the case's folder.
#   put FILE KEY    get KEY    $bucket    $prefix    variables: what goes into an --env-file
endpoint=${HOLDFAST_TEST_S3_ENDPOINT:?start the test services and read their env file first}
bucket=$HOLDFAST_TEST_S3_BUCKET
prefix=case-$$-$RANDOM
s3() {
  curl -sSf -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" --aws-sigv4 aws:amz:us-east-1:s3 --user "$HOLDFAST_TEST_S3_ACCESS_KEY:$HOLDFAST_TEST_S3_SECRET_KEY" "$@"
}
put() { s3 -T "$1" "$endpoint/$bucket/$2" >/dev/null || wrong "cannot put $2"; }
get() { s3 "$endpoint/$bucket/$1"; }
variables() {
  cat <<ENV
AMQP_URL=sqlite:$PWD/queue
R2_AWS_ACCESS_KEY_ID=$HOLDFAST_TEST_S3_ACCESS_KEY
R2_AWS_SECRET_ACCESS_KEY=$HOLDFAST_TEST_S3_SECRET_KEY
R2_S3_ENDPOINT_URL=$endpoint
HOLDFAST_STORE=s3://$bucket/$prefix
ENV
}
