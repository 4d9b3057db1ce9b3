#!/usr/bin/env bash
# The name of the S3 server has two addresses, and the first one leads to a machine that is gone. The worker reaches the other one at
# each of its connections, and none waits long.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/broker.bash"

make_vhost
port=${HOLDFAST_TEST_S3_ENDPOINT##*:}
dead_at "$port"
broker_variables "$HOLDFAST_TEST_AMQP_URL" "http://two.case:$port" >worker.env
"$HF" setup --env-file worker.env >setup.log 2>&1 || wrong "setup: $(cat setup.log)"
printf 'job_id\na\nb\nc\n' >list.csv
"$HF" submit --env-file worker.env list.csv >submit.log 2>&1 || wrong "submit: $(cat submit.log)"
begin=$SECONDS
with_two "$HF" work --env-file worker.env --until-empty --work-dir "$PWD/w" -- true >work.log 2>&1 || wrong "work: $(cat work.log)"
(($(grep -c 'job completed job=' work.log) == 3)) || wrong "not all jobs ran: $(cat work.log)"
grep -q 'out of reach\|is repeated' work.log && wrong "the dead address was taken for an outage: $(cat work.log)"
((SECONDS - begin < 40)) || wrong "it took $((SECONDS - begin)) s"
right "three jobs within $((SECONDS - begin)) s"
