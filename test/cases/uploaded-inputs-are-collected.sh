#!/usr/bin/env bash
# Uploaded inputs take space until nothing of the jobs that name them is kept: gc and forget remove them then, and nothing before. Killed
# in the middle and met by a submission of another queue that names the same file, the new job has its input and the rest goes.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/s3.bash"

jobs=16
mkdir in
printf 'job_id\n' >jobs.csv
for ((i = 0; i < jobs; i++)); do
  echo "input of j$i" >"in/j$i.txt"
  echo "j$i" >>jobs.csv
done
echo 'the model' >model.bin
(umask 077 && variables >worker.env)
# Another queue, the same store.
(umask 077 && sed 's|^AMQP_URL=.*|AMQP_URL=sqlite:'"$PWD"'/other|' worker.env >other.env)
# shellcheck disable=SC2016  # For the job's shell.
work() { "$HF" work --env-file "$1" --until-empty --work-dir "$PWD/w" --input-cache 0 --patience 1s -- sh -c 'cat "$1" >"$HOLDFAST_OUTPUT_DIR/out"' sh '{input:text}' 2>>work.log; }
submit() { "$HF" submit --env-file worker.env jobs.csv --input 'text=in/{job_id}.txt' --input model=model.bin "$@" 2>>submit.log; }
gc() { "$HF" gc --env-file worker.env --older-than 0s --yes --json "$@" 2>gc.log; }
copies() { s3 "$endpoint/$bucket?list-type=2&prefix=$prefix%2F.inputs%2F" | grep -o "<Key>$prefix/.inputs/[0-9a-f][^<]*" | wc -l; }
fewer_copies() { (($(copies) < $1)); }

submit || wrong "submit: $(cat submit.log)"
(($(copies) == jobs + 1)) || wrong "$(copies) files were uploaded"
"$HF" du --env-file worker.env >du.log || wrong "du: $(cat du.log)"
grep -q "^Uploaded inputs: $((jobs + 1)) files, [0-9]* bytes$" du.log || wrong "du says $(cat du.log)"
gc --keep nothing >gc.out || wrong "gc: $(cat gc.log)"
(($(copies) == jobs + 1)) || wrong 'gc removed what waiting jobs name'

work worker.env || wrong "work: $(tail -3 work.log)"
[[ $(get "$prefix/j7/out") == 'input of j7' ]] || wrong 'j7 read something else'
gc >gc.out || wrong "gc: $(cat gc.log)"
(($(copies) == jobs + 1)) || wrong 'gc removed inputs of jobs of which the result is kept'
"$HF" du --env-file worker.env --by group --json >du.log || wrong "du: $(cat du.log)"
grep -q '"group":"jobs".*"inputs":[1-9]' du.log || wrong "du by group says $(cat du.log)"
grep -q '^{"uploaded_inputs":{"files":17,' du.log || wrong "du by group says $(cat du.log)"
gc --keep nothing --dry-run >gc.out || wrong "gc: $(cat gc.log)"
grep -q '"removed":false.*"inputs":17,"inputs_bytes":[1-9]' gc.out || wrong "gc would remove $(cat gc.out)"
(($(copies) == jobs + 1)) || wrong '--dry-run removed something'

# So slow that a kill meets the middle of the removals.
python3 "$here/slow_line.py" port "$endpoint" 25000 &
at_end kill -KILL "$!"
wait_for 'the slow line' test -e port
(umask 077 && sed "s|^R2_S3_ENDPOINT_URL=.*|R2_S3_ENDPOINT_URL=http://127.0.0.1:$(cat port)|" worker.env >slow.env)
gc --keep log >gc.out || wrong "gc: $(cat gc.log)" # What takes long goes first.
"$HF" gc --env-file slow.env --older-than 0s --yes --keep nothing >gc.out 2>&1 &
collector=$!
patience=120 wait_for 'the first input to go' fewer_copies $((jobs + 1))
kill -KILL "$collector"
wait "$collector" 2>/dev/null
left=$(copies)
((left > 0)) || wrong 'the kill did not meet the middle of the removals'

# Any of its files may be gone, or given up.
printf 'job_id\nnew-3\nnew-9\n' >new.csv
cp in/j3.txt in/new-3.txt
cp in/j9.txt in/new-9.txt
"$HF" submit --env-file other.env new.csv --input 'text=in/{job_id}.txt' 2>>submit.log || wrong "submit: $(cat submit.log)"
gc --keep nothing >gc.out || wrong "gc again: $(cat gc.log)"
work other.env || wrong "work: $(tail -3 work.log)"
[[ $(get "$prefix/new-3/out") == 'input of j3' ]] || wrong "new-3 read something else: $(tail -3 work.log)"
[[ $(get "$prefix/new-9/out") == 'input of j9' ]] || wrong 'new-9 read something else'
# A copy that was given up before somebody named it again stays beside the new one.
(($(copies) >= 2 && $(copies) <= 4)) || wrong "$(copies) files are left: the two of the other queue are needed"

# What went comes again with its list, and the job can be run again.
submit --again || wrong "submit --again: $(cat submit.log)"
"$HF" rerun --env-file worker.env j5 >rerun.log 2>&1 || wrong "rerun: $(cat rerun.log)"
work worker.env || wrong "work: $(tail -3 work.log)"
[[ $(get "$prefix/j5/out") == 'input of j5' ]] || wrong "j5 did not run again with its input: $("$HF" status --env-file worker.env j5)"

"$HF" forget --env-file worker.env --group jobs --yes >forget.log 2>&1 || wrong "forget: $(tail -3 forget.log)"
grep -q '^[0-9]* uploaded inputs that no other job names, [0-9]* bytes: gone$' forget.log || wrong "forget says $(tail -3 forget.log)"
"$HF" forget --env-file other.env --group new --yes >forget.log 2>&1 || wrong "forget: $(cat forget.log)"
(($(copies) == 0)) || wrong "$(copies) uploaded inputs are left of jobs that are forgotten"
right 'uploaded inputs go when nothing of their jobs is kept, and not before'
