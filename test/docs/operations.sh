#!/usr/bin/env bash
# docs/operations.md: a person's day on a fleet. The settings are in the environment, as the page has it.
. "$(dirname "${BASH_SOURCE[0]}")/page.bash"
page docs/operations.md
fleet
set -a
# shellcheck source=/dev/null
. ./worker.env
set +a

printf 'job_id,lr,seed\njob-16,1e-3,1\njob-17,1e-3,2\njob-18,1e-4,3\nbad,1e-4,4\n' >jobs.csv
# Jobs 17 and 18 keep a checkpoint and are refused; `bad` is refused at once.
cat >job.sh <<'SH'
[ "$1" != bad ] || exit 65
echo "$1" >"$HOLDFAST_CHECKPOINT_DIR/state"
[ "$1" = job-16 ] || { sleep 1.2; exit 65; }
echo "$1" >"$HOLDFAST_OUTPUT_DIR/result"
SH
holdfast submit jobs.csv >submit.out 2>&1 || wrong "submit: $(<submit.out)"

text_of_line look 2 | sed 's/^/exec /' >watch.sh
bash watch.sh >watched 2>&1 </dev/null &
watcher=$!
at_end kill -KILL "$watcher"
worker
wait_for 'a look at three dead jobs' grep -q 'dead         3' watched
kill -TERM "$watcher"
wait "$watcher"

line look 1
said look.1 'completed    1' 'dead         3'
line look 3
line look 4
said look.4 job-16 job-17
line look 5
line look 6
said look.6 dead refused

line dead 1
said dead.1 refused job-17 bad
line dead 2
line dead 3
said dead.3 'exit code 65'
line checkpoints 1
said checkpoints.1 1
line checkpoints 2
[[ $(<look/state) == job-17 ]] || wrong "restored: $(ls -R look)"
line checkpoints 3
line dead 6
grep -q '"job-17"' dead.jsonl || wrong "exported: $(<dead.jsonl)"

# From an older checkpoint; the page's number is that of a longer life.
line dead 5 1
said dead.5 'no checkpoint of that generation'
text_of_line dead 5 | sed "s/ 41 / 1 /" >script.sh
run_text older 0
worker
line look 6
said look.6 dead
line dead 4
line cancel 1
worker
line look 1
said look.1 'cancelled    2' 'completed    1'
line dead 7
line dead 1
! grep -q refused dead.1.out || wrong "dropped, and still there: $out"
line checkpoints 4
whole_page_used
right 'a day on a fleet is as the page tells it'
