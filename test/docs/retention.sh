#!/usr/bin/env bash
# docs/retention.md: what the jobs of a fleet and of a run take, and how it goes.
. "$(dirname "${BASH_SOURCE[0]}")/page.bash"
page docs/retention.md
fleet

printf 'job_id\na\nbad\n' >jobs.csv
# shellcheck disable=SC2016  # For the job's shell.
printf '[ "$1" != bad ] || exit 65\nhead -c 100000 /dev/urandom >"$HOLDFAST_OUTPUT_DIR/out"\n' >job.sh
holdfast submit --env-file worker.env jobs.csv --group july >submit.out 2>&1 || wrong "submit: $(<submit.out)"
worker
holdfast run jobs.csv -- sh "$PWD/job.sh" '{job_id}' >run.out 2>&1

result_is_there() {
  rm -rf results
  holdfast fetch --env-file worker.env --to results a >fetch.out 2>&1 && [[ -s results/a/out ]]
}

line du 1
said du.1 completed dead CHECKPOINTS RESULTS ATTEMPTS LOG
line du 2
said du.2 july
line du 3
said du.3 a bad
# Nothing is as old as that.
for n in 1 2 3 4; do
  line gc "$n"
  result_is_there || wrong "gc, line $n took the result of a job of today: $out"
done

# The same commands as if thirty days had passed and somebody said yes.
later() {  # N
  text_of_line gc "$1" | sed 's/--older-than [0-9]*d/--older-than 0s --yes/' >script.sh
  bash -eu script.sh >"later.$1.out" 2>&1 || wrong "gc, line $1, later: $(<"later.$1.out")"
}
later 1
result_is_there || wrong '--dry-run removed something'
later 2
result_is_there || wrong 'a copy was asked for, and the result went'
later 3
! result_is_there || wrong '--keep log left the result'
later 4
holdfast du --env-file worker.env --by job >du.out 2>&1 || wrong "du: $(<du.out)"
holdfast submit --env-file worker.env jobs.csv --again >again.out 2>&1 || wrong "submit: $(<again.out)"
printf 'exit 1\n' >job.sh
worker
holdfast status --env-file worker.env a >a.out 2>&1
grep -q completed a.out || wrong "a completed job ran again after gc: $(<a.out)"

line forget 1
said forget.1 'Would be forgotten: 1 job (1 unclaimed)'
line forget 2 2
text_of_line forget 2 | sed 's/$/ --yes/' >script.sh
bash -eu script.sh >forget.out 2>&1 || wrong "forget: $(<forget.out)"
for job in a bad; do
  grep -q "^$job: forgotten; " forget.out || wrong "forget says $(<forget.out)"
done
holdfast status --env-file worker.env a >a.out 2>&1
grep -q '^a: forgotten by' a.out || wrong "status says $(<a.out)"
line forget 3
said forget.3 'job-17: forgotten; 0 objects'
whole_page_used
right 'only what was asked for goes, and what is completed stays completed'
