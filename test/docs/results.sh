#!/usr/bin/env bash
# docs/results.md: fetching from a fleet and from a run, a job run again, a table, and waiting.
. "$(dirname "${BASH_SOURCE[0]}")/page.bash"
page docs/results.md
fleet

printf 'job_id,lr\njob-16,1e-3\njob-17,1e-4\n' >jobs.csv
cat >simulate <<SH
#!/bin/sh
echo "\$HOLDFAST_JOB_ID" >>'$PWD/ran'
printf '{"loss": 0.12, "val": {"acc": 0.9}, "lr": 7}' >"\$HOLDFAST_OUTPUT_DIR/metrics.json"
printf 42 >"\$HOLDFAST_OUTPUT_DIR/answer.txt"
SH
chmod +x simulate
printf '#!/bin/sh\necho reported\n' >report.sh
chmod +x report.sh
simulations() {
  worker sh -c "cd '$PWD' && exec ./simulate"
}
whole_results() {
  [[ $(cat results/job-1[67]/answer.txt) == 4242 ]] || wrong "$1: $(ls -R results)"
  rm -rf results
}

# On a fleet.
holdfast submit --env-file worker.env jobs.csv >submit.out 2>&1 || wrong "submit: $(<submit.out)"
line fetch 1 1  # No worker was there yet.
text_of_line wait 1 >wait.sh
bash wait.sh >waited 2>&1 &
waits=$!
simulations
wait "$waits" || wrong "waiting ended with $?: $(<waited)"
grep -qx reported waited || wrong "no report: $(<waited)"
line fetch 1
whole_results fetched
line fetch 2
whole_results 'fetched as they completed'
line rerun 1
simulations
[[ $(grep -c job-17 ran) == 2 ]] || wrong "run: $(<ran)"

# On one machine.
line fetch 4
whole_results 'of the run'
line fetch 3
whole_results 'fetched from the run'
line rerun 2
holdfast run jobs.csv -- ./simulate >run.out 2>&1 || wrong "run: $(<run.out)"
[[ $(grep -c job-17 ran) == 4 && $(grep -c job-16 ran) == 2 ]] || wrong "run: $(<ran)"
line table 1
[[ $(head -1 results.csv) == 'job_id,state,lr,answer,loss,val.acc,metrics.lr' ]] || wrong "columns: $(<results.csv)"
grep -qx 'job-17,completed,1e-4,42,0.12,0.9,7' results.csv || wrong "rows: $(<results.csv)"
line wait 2
said wait.2 '"job_id":"job-17","state":"completed"'
whole_page_used
right 'results come whole, from a fleet and from a run'
