#!/usr/bin/env bash
# A job on a fleet is followed from elsewhere while its workers are killed under it: what was stored of each attempt stays, whole
# up to its end, and the next attempt's log follows.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/fleet.bash"

new_fleet
printf 'job_id\nj\n' >jobs.csv
"$HF" submit --env-file worker.env jobs.csv 2>submit.log || wrong "submit: $(cat submit.log)"
# Prints on and on until it is allowed to end.
cat >job.sh <<'JOB'
i=0
until [ -e "$1/end" ]; do
  i=$((i + 1))
  echo "attempt $HOLDFAST_ATTEMPT line $i"
  read -r -t 0.1 _ <>"$1/never"
done
echo the end
JOB
mkfifo never
start() {  # NUMBER
  "$HF" work --env-file worker.env --until-empty --patience 2s --log-every 1s --work-dir "$PWD/w$1" -- bash "$PWD/job.sh" "$PWD" 2>"work-$1.log" &
  worker=$!
  at_end kill -KILL "$worker"
}
"$HF" logs --env-file worker.env j -f >followed 2>words &
follower=$!
at_end kill -KILL "$follower"
seen() { grep -qE "^attempt $1 line ([2-9][0-9]|[0-9]{3})" followed; }
for attempt in 1 2; do
  start "$attempt"
  patience=60 wait_for "lines of attempt $attempt ($(cat words))" seen "$attempt"
  kill -KILL "$worker"
  wait "$worker" 2>kill.log
done
start 3
patience=60 wait_for "lines of attempt 3 ($(cat words))" seen 3
touch end
wait "$worker" || wrong "the third worker ended with $?: $(tail -2 work-3.log)"
wait "$follower" || wrong "the follower ended with $?: $(cat words)"
grep -q 'j: completed' words || wrong "the end is not told: $(cat words)"

# Of each attempt the lines from the first on, none twice, none missing; of the last one all.
for attempt in 1 2 3; do
  "$HF" logs --env-file worker.env j --attempt "$attempt" >log 2>words || wrong "attempt $attempt: $(cat words)"
  grep -v '^the end$' log | awk -v a="$attempt" '$0 != "attempt " a " line " NR {exit 1}' || wrong "attempt $attempt is not whole: $(head -50 log)"
  grep "^attempt $attempt " followed | tail -n 1 >last
  grep -qxf last log || wrong "attempt $attempt: what was followed is gone: $(cat last)"
done
tail -n 1 log | grep -qx 'the end' || wrong "the end of the last attempt is missing: $(tail -n 2 log)"
"$HF" logs --env-file worker.env j --attempt all >all 2>words
cmp <(grep -o '^attempt [0-9]*' all | uniq) <(printf 'attempt %s\n' 1 2 3) || wrong "all attempts: $(head -50 all)"
right 'three attempts, each whole up to what was stored'
