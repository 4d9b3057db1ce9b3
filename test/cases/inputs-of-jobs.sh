#!/usr/bin/env bash
# Inputs of jobs on a real S3: an object, a folder, files of a laptop that submit uploads once, another job's result. They come
# read-only, outside the checkpoint directory, and stay on the machine for the next job. What is not there ends the job with the
# reason; what another job has to make first is waited for; what the worker does not allow is refused.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/s3.bash"

echo parameters >small
head -c 20000000 /dev/urandom >large
put small "$prefix/given/small.txt"
put small "$prefix/given/sub/other.txt"
put large "$prefix/given/large.bin"
mkdir inputs
echo 'of a' >inputs/a.tpr
echo 'of b' >inputs/b.tpr
echo 'of a' >inputs/c.tpr  # The same bytes as a's.
cat >jobs.csv <<'CSV'
job_id
a
b
c
CSV
cat >job.sh <<'JOB'
set -e
cd "$HOLDFAST_INPUT_DIR"
case $1 in "$PWD/system" | "$PWD/system.tpr") ;; *) echo "the argument is $1"; exit 65 ;; esac
cat "$1" >"$HOLDFAST_OUTPUT_DIR/system"
sha256sum large/large.bin | cut -d' ' -f1 >"$HOLDFAST_OUTPUT_DIR/large"
find . ! -type d | sort >"$HOLDFAST_OUTPUT_DIR/names"
touch new 2>/dev/null && [ "$(id -u)" != 0 ] && exit 65
echo state >"$HOLDFAST_CHECKPOINT_DIR/state"
test -d "$HOLDFAST_SCRATCH_DIR" -a -z "$(ls -A "$HOLDFAST_SCRATCH_DIR")" || exit 65
echo left >"$HOLDFAST_SCRATCH_DIR/left"
case $HOLDFAST_CHECKPOINT_DIR/ in "$HOLDFAST_INPUT_DIR"/*) exit 65 ;; esac
case $HOLDFAST_INPUT_DIR/ in "$HOLDFAST_CHECKPOINT_DIR"/*) exit 65 ;; esac
JOB
(umask 077 && variables >worker.env)
"$HF" submit --env-file worker.env jobs.csv --input 'system=inputs/{job_id}.tpr' \
  --input "large=s3://$bucket/$prefix/given/" 2>submit.log || wrong "submit: $(cat submit.log)"
grep -q '2 files uploaded' submit.log || wrong "uploaded once each: $(cat submit.log)"
"$HF" submit --env-file worker.env jobs.csv --ledger again --input 'system=inputs/{job_id}.tpr' \
  --input "large=s3://$bucket/$prefix/given/" 2>submit.log || wrong "submit: $(cat submit.log)"
grep -q '0 files uploaded as inputs; 2 files had been before' submit.log || wrong "again: $(cat submit.log)"

work() {  # OPTION...
  "$HF" work --env-file worker.env --until-empty --work-dir "$PWD/w" "$@" -- bash "$PWD/job.sh" '{input:system}' 2>work.log ||
    wrong "the worker ended with $?: $(tail -3 work.log)"
}
work
for job in a b c; do
  [[ $(get "$prefix/$job/system") == "$(cat "inputs/$job.tpr")" ]] || wrong "$job got another system: $(tail -5 work.log)"
  [[ $(get "$prefix/$job/large") == "$(sha256sum <large | cut -d' ' -f1)" ]] || wrong "$job got another large file"
  [[ $(get "$prefix/$job/names") == $'./large/large.bin\n./large/small.txt\n./large/sub/other.txt\n./system.tpr' ]] ||
    wrong "$job got $(get "$prefix/$job/names")"
done
[[ $(grep -c 'fetched_bytes=2000' work.log) == 1 ]] || wrong "the large file was fetched more than once: $(grep 'inputs delivered' work.log)"

# A program that writes into what is kept does no harm to the next job.
kept=$(find w/inputs/objects -size +1000k)
chmod u+w "$kept" && echo spoiled >"$kept"
cat >next.jsonl <<JSONL
{"job_id": "d", "inputs": {"system": "job:a/system", "large/": "s3://$bucket/$prefix/given/"}}
{"job_id": "gone", "inputs": {"system": "s3://$bucket/$prefix/given/nothing"}}
{"job_id": "no-result", "inputs": {"system": "job:a/nothing"}}
{"job_id": "other", "inputs": {"system": "s3://$bucket/$prefix/given/small.txt#sha256=$(sha256sum <job.sh | cut -d' ' -f1)"}}
{"job_id": "elsewhere", "inputs": {"system": "s3://another-bucket/key"}}
{"job_id": "inside", "inputs": {"system": "https://127.0.0.1:1/x#sha256=$(sha256sum <large | cut -d' ' -f1)"}}
{"job_id": "own-file", "inputs": {"system": "file:/etc/passwd"}}
JSONL
"$HF" submit --env-file worker.env next.jsonl 2>submit.log || wrong "submit: $(cat submit.log)"
work
[[ $(get "$prefix/d/system") == 'of a' ]] || wrong "d did not get a's result: $(tail -5 work.log)"
[[ $(get "$prefix/d/large") == "$(sha256sum <large | cut -d' ' -f1)" ]] || wrong 'd got the spoiled file'
ended() {  # JOB REASON TEXT
  local status
  status=$("$HF" status --env-file worker.env --json "$1")
  [[ $status == *"\"reason\":\"$2\""* && $status == *"$3"* ]] || wrong "$1 ended with $status"
}
ended gone input_missing 'does not exist: there is no such object'
ended no-result input_missing 'has no such file'
ended other input_missing 'does not match its digest'
ended elsewhere input_refused '--allow-inputs s3://another-bucket'
ended inside input_refused '--allow-inputs https://127.0.0.1:1'
ended own-file input_refused '--allow-inputs file:/etc'

# Public servers are allowed, and yet none that only this machine can reach.
cat >web.jsonl <<JSONL
{"job_id": "web", "inputs": {"system": "https://127.0.0.1:1/x#sha256=$(sha256sum <job.sh | cut -d' ' -f1)"}}
{"job_id": "metadata", "inputs": {"system": "https://169.254.169.254/x#sha256=$(sha256sum <job.sh | cut -d' ' -f1)"}}
JSONL
"$HF" submit --env-file worker.env web.jsonl 2>submit.log || wrong "submit: $(cat submit.log)"
work --allow-inputs https
ended web input_missing 'jobs must not reach'
ended metadata input_missing 'a link-local address'
right 'inputs came as they should, once, and what could not come was told'
