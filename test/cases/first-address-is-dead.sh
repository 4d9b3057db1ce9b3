#!/usr/bin/env bash
# The broker's name has two addresses, and the first one leads to a machine that is gone. Setup, submit and work reach the other one,
# and soon.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/broker.bash"

make_vhost
port=${HOLDFAST_TEST_AMQP_URL##*:}
port=${port%%/*}
dead_at "$port"
broker_variables "${HOLDFAST_TEST_AMQP_URL/127.0.0.1/two.case}" "$HOLDFAST_TEST_S3_ENDPOINT" >worker.env
printf 'job_id\na\n' >list.csv
begin=$SECONDS
with_two "$HF" setup --env-file worker.env >setup.log 2>&1 || wrong "setup: $(cat setup.log)"
with_two "$HF" submit --env-file worker.env list.csv >submit.log 2>&1 || wrong "submit: $(cat submit.log)"
with_two "$HF" work --env-file worker.env --until-empty --work-dir "$PWD/w" -- true >work.log 2>&1 || wrong "work: $(cat work.log)"
grep -q 'job completed' work.log || wrong "the job did not run: $(cat work.log)"
((SECONDS - begin < 40)) || wrong "it took $((SECONDS - begin)) s"
right "all three within $((SECONDS - begin)) s"
