#!/usr/bin/env bash
# Commands that change the store and then the queue leave the store alone if the queue refuses them, is not there, or is out of
# reach: nobody is left with a job that waits without a message, or with a half-forgotten one.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/fleet.bash"

new_fleet
printf 'job_id\ngood\nbad\n' >jobs.csv
"$HF" submit --env-file worker.env jobs.csv >submit.log 2>&1 || wrong "submit: $(cat submit.log)"
"$HF" work --env-file worker.env --until-empty --work-dir work -- \
  /bin/sh -c 'test {job_id} = good && echo 1 >"$HOLDFAST_OUTPUT_DIR/r" || exit 65' >work.log 2>&1 || wrong "work: $(tail -3 work.log)"
states() { "$HF" list --env-file worker.env --json | sort | grep -o '"job_id":"[^"]*","state":"[^"]*"'; "$HF" status good --env-file worker.env; "$HF" status bad --env-file worker.env; }
states >before
grep -q completed before && grep -q dead before || wrong "the fleet did not work: $(cat before)"

sed 's#^AMQP_URL=amqp://[^@]*@#AMQP_URL=amqp://nobody:wrongword@#' worker.env >refused.env
sed "s/^JOB_QUEUE=.*/JOB_QUEUE=$name-mistyped/" worker.env >mistyped.env
sed 's#^AMQP_URL=.*#AMQP_URL=amqp://guest:guest@127.0.0.1:1/#' worker.env >away.env
chmod 600 ./*.env
for place in refused mistyped away; do
  for command in 'rerun good' 'rerun bad' 'dead requeue bad' 'dead list' 'forget bad --yes' 'forget good --yes'; do
    # shellcheck disable=SC2086  # Words.
    "$HF" $command --env-file $place.env >out 2>&1
    got=$?
    ((got == 4)) || wrong "$command, queue $place, ended with $got: $(cat out)"
    grep -q 'access is refused\|there is no queue\|Connection refused' out || wrong "$command, queue $place, does not say why: $(cat out)"
    grep -q wrongword out && wrong "$command prints a secret: $(cat out)"
    states >after
    cmp -s before after || wrong "$command, queue $place, changed the store: $(diff before after)"
  done
done
right 'nothing is half done'
