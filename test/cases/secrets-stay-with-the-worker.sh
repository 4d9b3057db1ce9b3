#!/usr/bin/env bash
# A program gets none of the worker's keys and passwords by its environment, but for what is passed on purpose; and everything else.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\na\n' >list.csv
secrets=(AMQP_URL=amqp://u:pw-secret@h/ R2_AWS_SECRET_ACCESS_KEY=secret R2_AWS_ACCESS_KEY_ID=secret AWS_SECRET_ACCESS_KEY=secret
  AWS_SESSION_TOKEN=secret salad_api_key=secret SALAD_API_KEY=secret RABBITMQ_PASSWORD=secret rabbitmq_password=secret
  HOLDFAST_MANAGEMENT_URL=http://u:secret@h)
given() {
  env "${secrets[@]}" MINE=kept "$HF" run list.csv --state "$1" "${@:2}" -- sh -c 'env >"$HOLDFAST_OUTPUT_DIR/env"' >log 2>&1 ||
    wrong "the run ended with $?: $(cat log)"
  cat "$1/store/a/env"
}
given none >none.env
! grep -i secret none.env || wrong 'a secret reached the program'
grep -qx MINE=kept none.env || wrong 'what is no secret did not reach the program'
grep -qx PYTHONUNBUFFERED=1 none.env || wrong 'Python is not told to print at once'
grep -qx HOLDFAST_JOB_ID=a none.env || wrong 'the job is not told'
PYTHONUNBUFFERED= given set >set.env
grep -qx PYTHONUNBUFFERED= set.env || wrong 'what is set is not kept'
given some --pass-env 'AWS_SECRET_ACCESS_KEY,R2_*' >some.env
[[ $(grep -ic secret some.env) == 3 ]] || wrong "passed on purpose: $(grep -i secret some.env)"
right 'the program gets what it needs and no more'
