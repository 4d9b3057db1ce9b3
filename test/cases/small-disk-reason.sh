#!/usr/bin/env bash
# A machine whose disk is too small for a job's checkpoint says so: it ends the attempt, which is not held against the job, and the
# status names the reason. Needs root, for a small file system.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\na\n' >list.csv
mkdir small
mount -t tmpfs -o size=8m none small || wrong 'a small file system needs root'
at_end umount -l "$PWD/small"
places=(--queue "sqlite:$PWD/q" --store "file:$PWD/s")
cat >program.sh <<'P'
head -c 12000000 /dev/urandom >big
"$1" checkpoint
sleep 600
P
"$HF" submit --queue "sqlite:$PWD/q" list.csv >/dev/null 2>&1
"$HF" work "${places[@]}" --checkpoint-every 0 --work-dir first -- sh "$PWD/program.sh" "$HF" >first.log 2>&1 &
worker=$!
at_end kill -KILL "$worker"
stored() {
  [[ -d s/.holdfast/a/log ]] && (($(du -sb s | cut -f1) > 12000000)) && (($(find s/.holdfast/a/log -type f | wc -l) >= 2))
}
wait_for 'a checkpoint' stored
kill -KILL "$worker"
wait "$worker" 2>/dev/null
timeout 60 "$HF" work "${places[@]}" --patience 1s --checkpoint-every 0 --work-dir small/w -- sh "$PWD/program.sh" "$HF" >second.log 2>&1
code=$?
((code != 0 && code != 124)) || wrong "the worker with the small disk ended with $code: $(cat second.log)"
"$HF" status "${places[@]}" a >status 2>&1
grep -qiE 'No space|disk is full|no room' status || wrong "the status does not say why: $(cat status; tail -3 second.log)"
right "$(grep -iE 'No space|disk is full|no room' status | head -1)"
