#!/usr/bin/env bash
# A list that was submitted and then edited: what was changed and what was taken out is told, and --cancel-removed cancels what has not
# ended. A ledger that somebody named may be that of several lists: then nothing is said of what one of them no longer contains.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/broker.bash"

make_vhost
broker_variables "$HOLDFAST_TEST_AMQP_URL" "$HOLDFAST_TEST_S3_ENDPOINT" >worker.env
chmod 600 worker.env
"$HF" setup --env-file worker.env >setup.log 2>&1 || wrong "setup: $(cat setup.log)"
submit() { "$HF" submit --env-file worker.env list.csv "$@" >submit.log 2>&1 || wrong "submit: $(cat submit.log)"; }
printf 'job_id,x\nfirst,1\nmistake,2\nchanged,3\n' >list.csv
submit
printf 'job_id,x\nfirst,1\nchanged,4\nnew,5\n' >list.csv
submit
grep -qF "list.csv no longer contains 1 job that was submitted before (mistake). Unless it has ended, it will run" submit.log ||
  wrong "nothing tells of the removed row: $(cat submit.log)"
grep -q "1 job of list.csv differs .*'changed' in line 3" submit.log || wrong "nothing tells of the changed row: $(cat submit.log)"
submit --cancel-removed
grep -q 'submitted before (mistake); 1 cancelled' submit.log || wrong "the removed row is not cancelled: $(cat submit.log)"
submit --cancel-removed
grep -q '0 cancelled, it had ended' submit.log || wrong "cancelled twice: $(cat submit.log)"
"$HF" work --env-file worker.env --until-empty --work-dir "$PWD/w" -- sh -c 'echo "$1" >"$HOLDFAST_OUTPUT_DIR/r"' x '{x}' 2>work.log ||
  wrong "the worker: $(cat work.log)"
for job in first changed new; do
  [[ $("$HF" status --env-file worker.env --json "$job") == *'"state":"completed"'* ]] || wrong "$job is not completed"
done
[[ $("$HF" status --env-file worker.env --json mistake) == *'"state":"cancelled"'* ]] || wrong 'the removed job is not cancelled'
printf 'job_id,x\nother,1\n' >list.csv
submit --ledger list.csv.submitted
grep -q 'no longer contains' submit.log && wrong "a ledger of several lists: $(cat submit.log)"
right 'an edited list is told, and followed on request'
