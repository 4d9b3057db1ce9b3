#!/usr/bin/env bash
# A list that is edited after it was submitted: what was changed and has not begun runs with its new
# content and only with that, whenever the submission is killed; what has begun stays.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/fleet.bash"

new_fleet
submit() { "$HF" submit --env-file worker.env l.csv "$@"; }
rows() {  # VALUE COUNT: the jobs job-1 to job-COUNT, all with that value.
  printf 'job_id,x\nbegun,%s\n' "$1"
  for ((i = 1; i <= $2; ++i)); do printf 'job-%d,%s\n' "$i" "$1"; done
}

printf 'job_id,x\nbegun,old\n' >l.csv
submit 2>log || wrong "submit: $(tail -1 log)"
mkfifo go
"$HF" work --env-file worker.env --until-empty -- sh -c 'echo "$1" >"$2/r"; echo here >"$3/begun"; read -r _ <"$3/go"' x '{x}' '{output_dir}' "$PWD" 2>log1 &
worker=$!
wait_for 'the first job' test -s begun

rows old 40 >l.csv
submit 2>log || wrong "submit: $(tail -1 log)"
rows new 40 >l.csv
submit 2>log || wrong "submit: $(tail -1 log)"
grep -q '41 jobs of l.csv differ' log || wrong "nothing tells of the changes: $(cat log)"
for delay in 0.02 0.05 0.1 0.2; do
  timeout -s KILL "$delay" "$HF" submit --env-file worker.env l.csv --update 2>>killed
done
submit --update 2>log || wrong "submit --update: $(tail -1 log)"
grep -q "1 job of l.csv differs .*'begun'.*have begun" log || wrong "nothing tells of the job that has begun: $(cat log)"
submit --update 2>log || wrong "submit --update again: $(tail -1 log)"
grep -q '^0 jobs updated' log || wrong "they are updated twice: $(cat log)"

# The worker goes on, and meets all messages, the void ones too.
exec 3<>go
for ((i = 0; i < 200; ++i)); do echo; done >&3
wait "$worker" || wrong "work: $(tail -3 log1)"
"$HF" fetch --env-file worker.env --list l.csv --to results 2>log || wrong "fetch: $(tail -1 log)"
[[ $(cat results/begun/r) == old ]] || wrong "the job that had begun gave $(cat results/begun/r)"
[[ $(cat results/job-*/r | sort | uniq -c | tr -d ' ') == 40new ]] || wrong "results: $(cat results/job-*/r | sort | uniq -c)"
[[ $(cat results/job-1/r) == new ]] || wrong 'it has another result'
[[ -z $("$HF" dead list --env-file worker.env --json) ]] || wrong "some are dead: $("$HF" dead list --env-file worker.env)"
right 'changed rows are followed on a fleet, by what has not begun'
