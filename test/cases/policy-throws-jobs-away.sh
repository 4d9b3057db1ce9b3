#!/usr/bin/env bash
# The broker's operator has a policy by which full queues throw their oldest messages away, or messages end after a while, or unused
# queues go. The broker confirms a job and drops it. Setup, doctor, submit and work say so, with the cure, and no job is given up to
# such a queue. A limit that refuses what is too much is fine.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/broker.bash"

make_vhost
broker_variables "$HOLDFAST_TEST_AMQP_URL" "$HOLDFAST_TEST_S3_ENDPOINT" >worker.env
"$HF" setup --env-file worker.env >setup.log 2>&1 || wrong "setup: $(cat setup.log)"
printf 'job_id\na\n' >list.csv
told() {  # WORD COMMAND...: it ends with a fault and names WORD, the policy and how to change it
  local word=$1 said
  shift
  said=$("$@" 2>&1) && wrong "$2 is content with a policy of $word: $said"
  [[ $said == *"$word"* && $said == *'policy thrower'* && $said == *set_policy* ]] || wrong "$2 says of $word: $said"
}
for definition in '{"max-length":5,"overflow":"drop-head"}' '{"max-length-bytes":1000,"overflow":"drop-head"}' \
  '{"message-ttl":60000}' '{"expires":3600000}'; do
  word=${definition#*\"}
  word=${word%%\"*}
  "$HOLDFAST_TEST_RABBITMQCTL" -q set_policy -p "$vhost" thrower '^q' "$definition" --apply-to queues >/dev/null || wrong 'no policy'
  applied() { "$HF" doctor broker --env-file worker.env 2>&1 | grep -q "$word"; }
  wait_for "the policy of $word" applied
  told "$word" "$HF" setup --env-file worker.env
  told "$word" "$HF" doctor broker --env-file worker.env
  told "$word" "$HF" submit --env-file worker.env list.csv
  told "$word" "$HF" work --env-file worker.env --until-empty --work-dir "$PWD/w" -- true
done
"$HOLDFAST_TEST_RABBITMQCTL" -q set_policy -p "$vhost" thrower '^q' '{"max-length":5,"overflow":"reject-publish"}' --apply-to queues >/dev/null
harmless() { "$HF" submit --env-file worker.env list.csv >submit.log 2>&1; }
wait_for 'a limit that refuses to be taken' harmless
right 'four policies are told by four commands; a limit that refuses is used'
