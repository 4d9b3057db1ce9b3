#!/usr/bin/env bash
# Kills in the middle: of a worker that fetches an input, and of a submission that uploads one. What comes after is whole, and nothing
# of the half-way ones is taken for it. A drain in the middle of a fetch ends the worker soon, and a cancelled job its fetch.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/s3.bash"

head -c 70000000 /dev/zero >block
openssl enc -aes-128-ctr -K 00 -iv 00 <block >large 2>/dev/null
(umask 077 && variables >worker.env)
printf 'job_id\na\nb\n' >jobs.csv
submit=("$HF" submit --env-file worker.env jobs.csv --input data=large)

# As slow as a line at home, so that a kill meets the middle.
python3 "$here/slow_line.py" port "$endpoint" 25000000 &
at_end kill -KILL "$!"
wait_for 'the slow line' test -e port
sed -i "s|^R2_S3_ENDPOINT_URL=.*|R2_S3_ENDPOINT_URL=http://127.0.0.1:$(cat port)|" worker.env

"${submit[@]}" 2>submit.log &
submission=$!
passed() { (($(cat passed) >= $1)); }
wait_for 'a part of the upload' passed 15000000
kill -KILL "$submission"
wait "$submission" 2>/dev/null
test ! -e queue/queue.sqlite || wrong 'jobs were sent before their input'
"${submit[@]}" 2>submit.log || wrong "submit: $(cat submit.log)"
grep -q '1 file uploaded as inputs' submit.log || wrong "submit again: $(cat submit.log)"

cat >job.sh <<'JOB'
sha256sum <"$1" | cut -d' ' -f1 >"$HOLDFAST_OUTPUT_DIR/sum"
JOB
start() {
  "$HF" work --env-file worker.env --until-empty --work-dir "$PWD/w" --patience 1s -- bash "$PWD/job.sh" '{input:data}' 2>>work.log &
  work=$!
}
before=$(cat passed)
start
wait_for 'a part of the input' passed $((before + 15000000))
kill -KILL "$work"
wait "$work" 2>/dev/null
test -n "$(ls w/inputs/partial)" || wrong 'the kill did not meet the middle of the fetch'
test -z "$(ls w/inputs/objects)" || wrong 'half an input is taken for a whole one'
start
at_end kill -KILL "$work"
before=$(cat passed)
wait_for 'the fetch to begin anew' passed $((before + 15000000))
begin=$SECONDS
kill -TERM "$work"
wait "$work" || wrong "the drained worker ended with $?"
((SECONDS - begin < 20)) || wrong "a drain in the middle of a fetch took $((SECONDS - begin)) s"
start
wait "$work" || wrong "the worker ended with $?: $(tail -3 work.log)"
for job in a b; do
  [[ $(get "$prefix/$job/sum") == "$(sha256sum <large | cut -d' ' -f1)" ]] || wrong "$job read something else"
done
[[ $("$HF" status --env-file worker.env a --json) != *'"ending":"failed"'* ]] || wrong 'a kill counted as a failure of the job'
right 'killed in the middle of both, and whole in the end'
