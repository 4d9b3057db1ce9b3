#!/usr/bin/env bash
# Notifications of `holdfast run`: completed, dead and finished, to a server and to a command. The receiver is away for a while and the
# jobs do not wait for it. What a run that was killed could not send, the same command sends. The key signs, and nobody sees it.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/notify.bash"

printf 'a key of some length' >key
export HOLDFAST_NOTIFY_KEY='a key of some length'
receive
printf 'job_id\na\nb\nbad\n' >jobs.csv
cat >job.sh <<'JOB'
env >"$HOLDFAST_OUTPUT_DIR/env"
[ "$1" != bad ] || { echo broken; exit 65; }
JOB
"$HF" notify --test --notify "$hook" >test.log 2>&1 || wrong "the test: $(cat test.log)"
grep -q '^test/.* signed ' got || wrong "the test did not arrive signed: $(cat got)"
! grep -q T0-secret test.log || wrong "the URL's secret is shown: $(cat test.log)"

"$HF" notify --test --notify "${hook%/hook*}/talkative" >test.log 2>&1 || wrong "a receiver with a long answer: $(cat test.log)"
"$HF" notify --test --notify "${hook%/hook*}/elsewhere" >test.log 2>&1 && wrong 'a redirect was taken for an arrival'
grep -q 'give the final URL' test.log || wrong "a redirect is told as: $(cat test.log)"
[[ $(wc -l <got) == 2 ]] || wrong "the tests arrived as: $(cat got)"

touch away
"$HF" run jobs.csv --notify "$hook" --notify 'exec:cat >>told' --log-level debug -- bash job.sh '{job_id}' 2>run.log
[[ $? == 1 ]] || wrong "run ended with $?: $(cat run.log)"
grep -q 'not sent; run the same command again to send them' run.log || wrong "nobody said what was not sent: $(tail -5 run.log)"
! grep -q 'T0-secret\|a key of' run.log || wrong 'a secret is in the log'
! grep -q 'a key of' -r jobs.csv.holdfast || wrong 'the key is in the state folder'
[[ $(wc -l <told) == 4 ]] || wrong "the command was told: $(cat told)"
for event in completed dead group_finished; do
  grep -q "\"event\":\"$event\"" told || wrong "the command was not told of $event: $(cat told)"
done
grep -q '"job_id":"bad".*"group":"jobs".*"reason":"refused"' told || wrong "of the dead job: $(grep bad told)"
[[ $(ids | grep -vc ^test) == 0 ]] || wrong 'something arrived while the receiver was away'

rm away
"$HF" run jobs.csv --notify "$hook" --notify 'exec:cat >>told' -- bash job.sh '{job_id}' 2>run.log
[[ $(grep -c ' signed ' got) == 6 ]] || wrong "arrived: $(cat got); $(cat run.log)"
[[ $(wc -l <told) == 4 ]] || wrong "the command was told twice: $(cat told)"
diff <(grep -o '"id":"[^"]*"' told | sort) <(grep -v ^test got | grep -o '"id":"[^"]*"' | sort) || wrong 'the two were told of different things'

# Killed between the record of the end and the notification.
printf 'job_id\nlate\n' >late.csv
touch slow
"$HF" run late.csv --notify "$hook" -- bash job.sh '{job_id}' 2>late.log &
run=$!
at_end kill -KILL "$run"
ended() { "$HF" status late --state late.csv.holdfast --json 2>/dev/null | grep -q '"state":"completed"'; }
wait_for 'the job to end while nobody can be told' ended
kill -KILL "$run"
wait "$run" 2>/dev/null
kill -KILL "$receiver"
rm -f slow
receive "$(cat port)"
[[ $(got late/) == 0 ]] || wrong 'the notification went out before the kill'
"$HF" notify --missed --state late.csv.holdfast --dry-run >missed.log 2>&1
grep -q 'Job late completed' missed.log || wrong "a dry run shows: $(cat missed.log)"
"$HF" notify --missed --state late.csv.holdfast >missed.log 2>&1
grep -q 'allow-notify' missed.log || wrong "a server of one's own network was called: $(cat missed.log)"
"$HF" run late.csv --notify "$hook" -- bash job.sh '{job_id}' 2>late.log || wrong "run again: $(cat late.log)"
[[ $(grep -c '^late/' got) == 1 && $(grep -c '^group/late/' got) == 1 ]] || wrong "after the kill: $(cat got; cat late.log)"
"$HF" notify --missed --state late.csv.holdfast --allow-notify "${hook%/hook*}" >missed.log 2>&1 || wrong "missed: $(cat missed.log)"
grep -q 'Nothing was missed' missed.log || wrong "all is sent, and yet: $(cat missed.log)"

# Jobs that ended before anybody asked are nobody's news; a new command is told of what ends from now on.
printf 'job_id\na\nb\nbad\nnew\n' >jobs.csv
"$HF" run jobs.csv --notify 'exec:cat >>other' -- bash job.sh '{job_id}' 2>run.log
[[ $(grep -c '"event":"completed"' other) == 1 ]] || wrong "told of more than is new: $(cat other)"
[[ $(grep -c '"event":"group_finished"' other) == 1 ]] || wrong "not told of the group: $(cat other)"
for job in a new; do
  ! grep -q NOTIFY "jobs.csv.holdfast/store/$job/env" || wrong 'the task sees the key'
done
right 'each notification arrived, with the same id wherever it went'
