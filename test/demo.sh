#!/usr/bin/env bash
# What Holdfast is for, in half a minute: a list of jobs, a SIGKILL in the middle, the rest done, the
# sums checked. Needs what ./dev build makes; nothing is left behind.
#
#   demo.sh [BUILD_FOLDER]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${1-$here/build/release}
holdfast=$build/holdfast
slow_sum=$build/examples/slow_sum

fail() {
  printf '\nThe demo failed: %s\n' "$*" >&2
  exit 1
}

for program in "$holdfast" "$slow_sum"; do
  [[ -x $program ]] || fail "$program is not there; ./dev build makes it."
done

folder=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-demo.XXXXXX")
run=
clean_up() {
  # It may have ended by itself.
  [[ -z $run ]] || kill -KILL "$run" 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT
cd "$folder"

say() {
  printf '\n\e[1m%s\e[0m\n' "$*"
}
[[ -t 1 ]] || say() {
  printf '\n%s\n' "$*"
}

# --- The list ---

declare -A steps
{
  echo job_id,steps
  for i in 1 2 3 4 5 6; do
    steps[sum-$i]=$((i * 8 + 12))
    echo "sum-$i,${steps[sum-$i]}"
  done
} >jobs.csv

words=(run jobs.csv --slots 2 --checkpoint-pause 100ms -- "$slow_sum" --steps '{steps}' --step-ms 100)

say 'A list of jobs. Each adds up 1 + 2 + ... + steps, at a tenth of a second per step:'
sed 's/^/  /' jobs.csv
say 'Run them, two at a time, on this machine, with nothing installed but Holdfast:'
echo "  holdfast run jobs.csv --slots 2 -- slow_sum --steps {steps} --step-ms 100"

# --- The kill ---

# Checkpoints in the store: each has one manifest, which is kept until a newer one stands.
generation_of() {  # JOB
  find "jobs.csv.holdfast/store/.holdfast/$1/manifests" -type f -printf '%f\n' 2>/dev/null | cut -d- -f1 | sort -n | tail -n 1
}
results() {
  find jobs.csv.holdfast/store -maxdepth 2 -name result.txt 2>/dev/null | wc -l
}
# One job is done and two are on their way.
in_the_middle() {
  local job under_way=0
  (($(results) >= 1)) || return 1
  for job in "${!steps[@]}"; do
    [[ ! -e jobs.csv.holdfast/store/$job/result.txt ]] || continue
    [[ $(generation_of "$job") -lt 5 ]] || under_way=$((under_way + 1))
  done
  ((under_way >= 2))
}

"$holdfast" "${words[@]}" >first.log 2>&1 &
run=$!
until in_the_middle; do
  kill -0 "$run" 2>/dev/null || { cat first.log >&2; fail 'the run ended before it could be killed.'; }
  sleep 0.05
done
kill -KILL "$run"
wait "$run" 2>/dev/null || true  # It says 137, for the kill.
run=
sed 's/^/  /' first.log

say 'kill -9: the whole program is gone, without any warning. This is what it left:'
for job in sum-1 sum-2 sum-3 sum-4 sum-5 sum-6; do
  if [[ -e jobs.csv.holdfast/store/$job/result.txt ]]; then
    echo "  $job  completed, result $(<"jobs.csv.holdfast/store/$job/result.txt")"
  elif [[ -n $(generation_of "$job") ]]; then
    echo "  $job  interrupted, checkpoint number $(generation_of "$job")"
  else
    echo "  $job  not begun, or not as far as a checkpoint"
  fi
done
completed_before=$(results)
((completed_before < 6)) || fail 'all jobs were done already when it was killed.'

# --- The rest ---

say 'Run the same command again:'
"$holdfast" "${words[@]}" 2>&1 | sed 's/^/  /' || fail 'the second run did not complete the jobs.'

say 'Check the sums, and how many steps were computed twice:'
resumed=0
computed=0
wanted=0
for job in sum-1 sum-2 sum-3 sum-4 sum-5 sum-6; do
  file=jobs.csv.holdfast/store/$job/result.txt
  want=$((steps[$job] * (steps[$job] + 1) / 2))
  [[ -e $file ]] || fail "$job has no result."
  [[ $(<"$file") == "$want" ]] || fail "$job: the result is $(<"$file"), it should be $want."
  # grep -c fails where it counts none.
  starts=$(grep -c '^Starting step' "jobs.csv.holdfast/logs/$job.log" || true)
  wanted=$((wanted + steps[$job]))
  computed=$((computed + $(grep -c '^Step ' "jobs.csv.holdfast/logs/$job.log" || true)))
  at=$(sed -n 's/^Starting step: *\([0-9]*\).*/\1/p' "jobs.csv.holdfast/logs/$job.log" | tail -n 1)
  if ((starts > 1)); then
    echo "  $job  $want, as it should be; went on from step $at"
    ((at == 0)) || resumed=$((resumed + 1))
  else
    echo "  $job  $want, as it should be"
  fi
done
((resumed >= 1)) || fail 'no job went on from a checkpoint.'

repeated=$((computed > wanted ? computed - wanted : 0))
say "All 6 sums are right: $resumed interrupted jobs continued from their newest checkpoint. Of" \
  "$wanted steps $repeated were computed twice."
