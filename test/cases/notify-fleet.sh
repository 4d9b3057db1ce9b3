#!/usr/bin/env bash
# Notifications of a fleet, over RabbitMQ and S3: whoever submits wishes them, workers send them. A server of the workers' own network
# is called only if they allow it; a command that comes with a job is never run by them. Nothing is sent of jobs that nobody asked for.
# A worker that is killed between the record of an end and its notification leaves that to the next look.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/broker.bash"
. "$here/notify.bash"

make_vhost
printf 'shared key' >key
(umask 077 && broker_variables "$HOLDFAST_TEST_AMQP_URL" "$HOLDFAST_TEST_S3_ENDPOINT" >worker.env &&
  echo "HOLDFAST_NOTIFY_KEY=shared key" >>worker.env)
"$HF" setup --env-file worker.env >/dev/null 2>&1 || wrong 'no queue'
receive
allowed=${hook%/hook*}
cat >job.sh <<'JOB'
[ "$1" != bad ] || exit 65
until [ -e "$2" ]; do sleep 0.05; done
echo "$1" >"$HOLDFAST_OUTPUT_DIR/result"
JOB
work() {  # NAME OPTION...: ends the shell
  name=$1
  shift
  exec "$HF" work --env-file worker.env --worker "$name" --work-dir "$PWD/w-$name" --patience 1s --watch-every 1s "$@" \
    -- bash "$PWD/job.sh" '{job_id}' "$PWD/go" 2>>"$name.log"
}
submit() { "$HF" submit --env-file worker.env "$@" 2>submit.log || wrong "submit: $(cat submit.log)"; }

# Not allowed: said in the worker's log, and kept for a look from elsewhere.
touch go
printf 'job_id\na\n' >first.csv
submit first.csv --notify "$hook"
(work one --until-empty) || wrong "the worker ended with $?: $(tail -3 one.log)"
grep -q 'notification not sent.*--allow-notify' one.log || wrong "nobody said that it is not allowed: $(cat one.log)"
test ! -s got || wrong 'a server of the own network was called'
! grep -q 'T0-secret\|shared key' one.log submit.log || wrong 'a secret is in a log'
missed() { "$HF" notify --missed --env-file worker.env --allow-notify "$allowed" >missed.log 2>&1 || wrong "missed: $(cat missed.log)"; }
missed
[[ $(ids | wc -l) == 2 ]] || wrong "missed sent: $(cat got)"
grep -q '^a/[0-9]* signed' got || wrong "not signed: $(cat got)"

# Nobody asked: nothing of it is written or sent.
printf 'job_id\nsilent\n' >silent.csv
submit silent.csv
(work one --until-empty --log-level debug --allow-notify "$allowed")
[[ $(ids | wc -l) == 2 ]] || wrong "told of what nobody asked for: $(cat got)"

# The receiver is away while jobs end, and back before the worker ends. A dead job is told of, and once the group has finished that.
rm go
touch away
printf 'job_id\nbad\nb\nc\n' >second.csv
submit second.csv --notify "$hook" --notify 'exec:cat >>told' &
submission=$!
at_end kill -KILL "$submission"
work two --allow-notify "$allowed" &
worker=$!
at_end kill -KILL "$worker"
tells_that_it_waits() { grep -q 'notification not sent yet' two.log; }
wait_for 'the worker to meet a receiver that is away' tells_that_it_waits
touch go
ended() { "$HF" status --env-file worker.env --group second --json 2>/dev/null | grep -q '"completed":2,"dead":1'; }
wait_for 'jobs that do not wait for the receiver' ended
rm away
all_there() { [[ $(ids | wc -l) == 6 ]]; }
wait_for 'all four' all_there
grep '^bad/' got | grep -q '"event":"dead".*"reason":"refused"' || wrong "of the dead job: $(grep bad got)"
grep '^group/second/' got | grep -q '"jobs":3,"completed":2,"dead":1' || wrong "of the group: $(grep group got)"
# The command ran where it was typed, and submit has stayed for that.
wait "$submission" || wrong "submit ended with $?: $(cat submit.log)"
diff <(grep -o '"id":"[^"]*"' told | sort) <(grep second got | grep -o '"id":"[^"]*"' | sort -u) || wrong "the command was told of $(cat told)"
test ! -e w-two/told -a "$(find . -name told | wc -l)" == 1 || wrong 'a worker ran a command'
kill -TERM "$worker"
wait "$worker"

# Killed between the two: the worker that is given the message next sends it.
printf 'job_id\nlate\n' >third.csv
submit third.csv --notify "$hook"
touch slow
work three --allow-notify "$allowed" &
worker=$!
at_end kill -KILL "$worker"
held() { "$HF" status --env-file worker.env late --json 2>/dev/null | grep -q '"state":"completed"'; }
wait_for 'the end of the job' held
kill -KILL "$worker"
wait "$worker" 2>/dev/null
kill -KILL "$receiver"
rm slow
receive "$(cat port)"
[[ $(got late/) == 0 ]] || wrong 'it was sent before the kill'
(work four --until-empty --allow-notify "$allowed")
missed
[[ $(grep -c '^late/' got) == 1 && $(grep -c '^group/third/' got) == 1 ]] || wrong "after the kill: $(cat got)"
missed
grep -q 'Nothing was missed' missed.log || wrong "all is sent, and yet: $(cat missed.log)"

# The worker's own wish needs no leave, and covers jobs that nobody else asks for.
printf 'job_id\nown\n' >fourth.csv
submit fourth.csv
# shellcheck disable=SC2016  # For the command's shell.
(work five --until-empty --notify "$hook" --notify 'exec:echo "$HOLDFAST_NOTICE_EVENT" >>own')
[[ $(grep -c '^own/' got) == 1 && $(grep -c '^group/fourth/' got) == 1 ]] || wrong "the worker's own wish: $(cat got)"
[[ $(sort own | tr '\n' ' ') == 'completed group_finished ' ]] || wrong "its command heard: $(cat own)"
[[ $(grep -vc ' signed ' got) == 0 ]] || wrong 'some are not signed'
right 'all arrived, and nothing else'
