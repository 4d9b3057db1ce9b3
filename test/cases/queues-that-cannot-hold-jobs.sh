#!/usr/bin/env bash
# Somebody made the job queue in a way that loses jobs: a stream, auto-delete, with a limit that drops the oldest, with an end for
# messages or for the queue. Setup, doctor, submit and work refuse it and say how it is mended; all without a management interface.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/broker.bash"

make_vhost
broker_variables "$HOLDFAST_TEST_AMQP_URL" "$HOLDFAST_TEST_S3_ENDPOINT" >worker.env
sed -i 's#^HOLDFAST_MANAGEMENT_URL=.*#HOLDFAST_MANAGEMENT_URL=http://127.0.0.1:1#' worker.env
printf 'job_id\na\n' >list.csv
management() {  # METHOD PATH [BODY]
  local login=${HOLDFAST_TEST_AMQP_URL#*://}
  python3 - "$1" "$HOLDFAST_TEST_MANAGEMENT_URL$2" "${login%@*}" "${3:-}" <<'PY'
import base64, sys, urllib.parse, urllib.request
method, url, login, body = sys.argv[1:]
words = ":".join(urllib.parse.unquote(part) for part in login.split(":"))
ask = urllib.request.Request(url, body.encode() or None, method=method)
ask.add_header("Authorization", "Basic " + base64.b64encode(words.encode()).decode())
ask.add_header("Content-Type", "application/json")
urllib.request.urlopen(ask)
PY
}
refused() {  # KIND COMMAND...
  local kind=$1 said
  shift
  said=$("$@" 2>&1) && wrong "$2 is content with a queue that is $kind: $said"
  [[ $said == *'holdfast setup'* && $said == *delete* ]] || wrong "$2 says of a queue that is $kind: $said"
}
try() {  # KIND DEFINITION
  management PUT "/api/queues/$vhost/q" "$2" || wrong "no queue that is $1"
  refused "$1" "$HF" setup --env-file worker.env
  refused "$1" "$HF" doctor broker --env-file worker.env
  refused "$1" "$HF" submit --env-file worker.env list.csv
  refused "$1" "$HF" work --env-file worker.env --until-empty --work-dir "$PWD/w" -- true
  management DELETE "/api/queues/$vhost/q"
}
try stream '{"durable":true,"arguments":{"x-queue-type":"stream"}}'
try auto-delete '{"durable":true,"auto_delete":true}'
try 'not durable' '{"durable":false}'
try 'limited and dropping' '{"durable":true,"arguments":{"x-max-length":5}}'
try 'limited in bytes' '{"durable":true,"arguments":{"x-max-length-bytes":500,"x-overflow":"drop-head"}}'
try 'of messages that end' '{"durable":true,"arguments":{"x-message-ttl":60000}}'
try 'going when unused' '{"durable":true,"arguments":{"x-expires":3600000}}'
right 'seven queues are refused by four commands'
