#!/usr/bin/env bash
# Jobs are forgotten on a fleet, and the command is killed at one of its requests to the store, a later one each time, before the
# store hears it or once it has answered. The same command again takes the rest away; nothing is left but the numbers of the logs, and nothing runs again.
# shellcheck source=test/cases/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/cases/s3.bash
. "$(dirname "$0")/s3.bash"

name=$prefix
variables | sed "s|^AMQP_URL=.*|AMQP_URL=$HOLDFAST_TEST_AMQP_URL|" >worker.env
echo "JOB_QUEUE=$name" >>worker.env
"$HF" setup --env-file worker.env >setup.log 2>&1 || wrong "setup: $(tail -1 setup.log)"
jobs=40
{
  echo job_id
  seq -f j%.0f "$jobs"
} >jobs.csv
"$HF" submit --env-file worker.env jobs.csv 2>submit.log || wrong "submit: $(cat submit.log)"
work() {
  # shellcheck disable=SC2016  # For the job's shell.
  "$HF" work --env-file worker.env --until-empty --patience 2s --keep-completed 1 --work-dir "$PWD/w" -- \
    sh -c 'echo 1 >"$HOLDFAST_CHECKPOINT_DIR/c"; echo "$0 of $HOLDFAST_JOB_ID"; echo r >"$HOLDFAST_OUTPUT_DIR/r"' "$1" >work.log 2>&1 ||
    wrong "the worker ends with $?: $(tail -2 work.log)"
}
work once

python3 "$(dirname "$0")/dying_line.py" "${endpoint#*://}" . 2>line.log &
line=$!
at_end kill -KILL "$line"
wait_for 'the line to the store' test -e port
sed "s|^R2_S3_ENDPOINT_URL=.*|R2_S3_ENDPOINT_URL=http://127.0.0.1:$(<port)|" worker.env >dying.env

keys_of() {
  local below=$name/$1
  get "?list-type=2&prefix=${below//\//%2F}" | grep -o "<Key>[^<]*" | cut -c6-
}
job=0
killed=0
for when in before after; do
  for ((request = ${#when} - 4;; request += 3)); do  # 2, 5, 8, … and 1, 4, 7, …
    ((++job <= jobs)) || wrong "more requests than jobs: $killed"
    echo "$request $when" >plan
    kill -USR1 "$line"
    # shellcheck disable=SC2016
    { sh -c 'echo $$ >pid; exec "$@"' sh "$HF" forget --env-file dying.env --yes "j$job" >forget.log 2>&1; } 2>killed.log
    code=$?
    ((code == 0)) && break
    ((code == 137)) || wrong "forget ends with $code: $(cat forget.log)"
    ((++killed))
    "$HF" forget --env-file worker.env --yes "j$job" >again.log 2>&1 || wrong "it cannot be repeated: $(cat again.log)"
    left=$(keys_of ".holdfast/j$job/" | grep -v '/log/[0-9]*/[0-9]*$'; keys_of "j$job/")
    [[ -z $left ]] || wrong "killed at request $request, $when: it leaves $left"
    for key in $(keys_of ".holdfast/j$job/log/"); do
      get "$key" | grep -q '"reason":"forgotten"' || wrong "killed at request $request, $when: $key says $(get "$key")"
    done
  done
done
((killed >= 15)) || wrong "it was killed $killed times only"
listed=$("$HF" list --env-file worker.env --limit 100 2>&1)
[[ $(grep -c completed <<<"$listed") == $((jobs - job)) ]] || wrong "the list shows what was forgotten: $listed"

"$HF" submit --env-file worker.env jobs.csv --again 2>submit.log || wrong "submit: $(cat submit.log)"
work again
grep -q 'again of j1\b' work.log && wrong 'what was forgotten runs again'
[[ $("$HF" status --env-file worker.env j1 --json) == *'"state":"forgotten"'* ]] || wrong 'it is not known to be forgotten'
right "killed at $killed requests and repeated, nothing is left"
