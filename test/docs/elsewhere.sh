#!/usr/bin/env bash
# docs/moving-from-the-guide.md and docs/other-clouds.md. There is no cluster: a stand-in answers as kubectl does.
. "$(dirname "${BASH_SOURCE[0]}")/page.bash"
fleet

# A worker or an autoscaler, which run until they are told to end.
until_it_says() {  # NAME N TEXT FILE
  text_of_line "$1" "$2" | sed -E 's/^(([A-Z]+=[^ ]* )*)holdfast/\1exec holdfast/' >script.sh
  bash script.sh >"$1.out" 2>&1 </dev/null &
  local running=$!
  at_end kill -KILL "$running"
  wait_for "'$3', said by $1" grep -qs -e "$3" "${4:-$1.out}"
  kill -TERM "$running"
  wait "$running"
  local code=$?
  ((code == 0 || code == 143)) || wrong "$1 ended with $code: $(<"$1.out")"
}

page docs/moving-from-the-guide.md
line look 1
line look 2
said look.2 queue.dead_letters
cp "${HOLDFAST_TEST_SLOW_SUM:?the path of the example slow_sum}" slow_sum
export SLOW_SUM_STEP_MS=10
printf 'job_id,steps\nsum,4\n' >jobs.csv
holdfast submit --env-file worker.env jobs.csv >submit.out 2>&1 || wrong "submit: $(<submit.out)"
until_it_says work 1 'job completed'
holdfast fetch --env-file worker.env --to results sum >fetch.out 2>&1
[[ $(<results/sum/result.txt) == 10 ]] || wrong "the result: $(<fetch.out)"
whole_page_used

page docs/other-clouds.md
cp "$project/examples/kubernetes_fleet.sh" .
cat >bin/kubectl <<SH
#!/bin/sh
case "\$1 \$2" in
  'get deployment') cat '$PWD/wanted' ;;
  'get pods') ;;
  *) echo "\$DEPLOYMENT: \$@" >>'$PWD/calls'
esac
SH
chmod +x bin/kubectl
echo 0 >wanted
printf 'job_id,steps\nx,4\ny,4\nz,4\n' >more.csv
holdfast submit --env-file worker.env more.csv >submit.out 2>&1 || wrong "submit: $(<submit.out)"
until_it_says kubernetes 1 'workers: scale deployment workers --replicas 3' calls
rm calls
export DEPLOYMENT=others
until_it_says autoscale 1 'others: scale deployment others --replicas 3' calls
whole_page_used
right 'moved from the guide, and to another cloud'
