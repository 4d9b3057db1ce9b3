#!/usr/bin/env bash
# A broker that lets in as many connections as there are workers, as cheap plans do. A job that fails at first needs a copy of its
# message published: the worker has one connection for all that it does, so the fleet goes on.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/broker.bash"

make_vhost
broker_variables "$HOLDFAST_TEST_AMQP_URL" "$HOLDFAST_TEST_S3_ENDPOINT" >worker.env
"$HF" setup --env-file worker.env >setup.log 2>&1 || wrong "setup: $(cat setup.log)"
printf 'job_id\na\nb\n' >list.csv
"$HF" submit --env-file worker.env list.csv >submit.log 2>&1 || wrong "submit: $(cat submit.log)"
cat >job.sh <<'JOB'
mkdir "$1/$HOLDFAST_JOB_ID" 2>/dev/null && exit 1
echo done >"$HOLDFAST_OUTPUT_DIR/out"
JOB
"$HF" work --env-file worker.env --work-dir "$PWD/w" --failures-max 1 -- bash "$PWD/job.sh" "$PWD" 2>work.log &
worker=$!
at_end kill "$worker"
wait_for 'the worker' grep -q 'worker started' work.log
"$HOLDFAST_TEST_RABBITMQCTL" -q set_vhost_limits -p "$vhost" '{"max-connections": 1}' >/dev/null || wrong 'no limit'
ended() { [[ $("$HF" status --env-file worker.env --json "$1" 2>/dev/null) == *'"state":"dead"'* ]]; }
# Each job's dead letter is published by the worker before its message is acknowledged.
wait_for 'the end of a' ended a
wait_for 'the end of b' ended b
left() { [[ $("$HOLDFAST_TEST_RABBITMQCTL" -q list_queues -p "$vhost" name messages | sort) == *$'q.dead\t2'* ]]; }
wait_for 'both dead letters' left
# What a question of ours opened and was refused may be listed for a moment.
one_left() { [[ $("$HOLDFAST_TEST_RABBITMQCTL" -q list_connections vhost | grep -cx "$vhost") == 1 ]]; }
wait_for 'one connection' one_left
right 'a worker publishes by the connection that it has'
