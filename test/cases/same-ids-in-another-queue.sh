#!/usr/bin/env bash
# Two lists of two queues number their jobs alike, in one bucket: a job never counts as done by the
# result of another.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/fleet.bash"

new_fleet
work() { timeout 100 "$HF" work --env-file "$1" --until-empty -- sh -c 'echo "$1" >"$2/r"' x '{seed}' '{output_dir}'; }
sed "s/^JOB_QUEUE=.*/JOB_QUEUE=$name-second/" worker.env >second.env
printf 'job_id,seed\njob-0,1\n' >first.csv
printf 'job_id,seed\njob-0,100\njob-1,2\n' >second.csv
for one in worker.env:first.csv second.env:second.csv; do
  "$HF" setup --env-file "${one%%:*}" >log 2>&1 || wrong "setup: $(tail -1 log)"
  "$HF" submit --env-file "${one%%:*}" "${one#*:}" 2>log || wrong "submit: $(tail -1 log)"
  work "${one%%:*}" 2>log || wrong "work: $(tail -1 log)"
done
"$HF" dead list --env-file second.env --reason id_taken --json >dead
[[ $(wc -l <dead) == 1 ]] && grep -q 'job-0' dead || wrong "the second job-0 is no dead letter: $(cat dead)"
"$HF" status --env-file second.env job-1 | grep -q completed || wrong 'job-1 is not completed'
# The same job again is the same job.
"$HF" submit --env-file worker.env --again first.csv 2>log || wrong "submit --again: $(tail -1 log)"
work worker.env 2>log || wrong "work: $(tail -1 log)"
[[ -z $("$HF" dead list --env-file worker.env --json) ]] || wrong 'a job that was sent twice is dead'
right 'a job of another list is told from the one that had its id'
