#!/usr/bin/env bash
# docs/notifications.md, what it says of a fleet: who submits wishes for news, a worker tells of all that it ends, and one waits again.
. "$(dirname "${BASH_SOURCE[0]}")/page.bash"
page docs/notifications.md
touch used/run used/test used/missed used/tell.sh  # By notifications.sh.
fleet
block tell.sh >tell.sh
printf '#!/bin/sh\necho 1 >"$HOLDFAST_OUTPUT_DIR/out"\n' >program
chmod +x tell.sh program
printf 'job_id\na\nb\n' >night-17.csv

line submit 1  # The name of that host leads nowhere.
text_of_line work 1 | sed 's/^/exec /' >work.sh
bash work.sh >work.out 2>&1 </dev/null &
works=$!
at_end kill -KILL "$works"
both_told() { [[ $(grep -s '^completed: Job [ab] completed' events.txt | sort -u | wc -l) == 2 ]]; }
wait_for 'the news of both jobs' both_told
kill -TERM "$works"
wait "$works"

line off 1
said off.1 'Turned off: group night-17, to https://hooks.example.com'
line off 2
said off.2 'There were no such notifications.'
line off 3
said off.3 'Turned off: job job-17'

# Elsewhere, where nobody waits for a host that is not there.
rm events.txt
fleet
holdfast submit --env-file worker.env night-17.csv >submit.out 2>&1 || wrong "submit: $(<submit.out)"
worker ./program
line follow 1
grep -q '^group_finished: Group night-17 has finished: 2 completed' events.txt || wrong "told of: $(<events.txt)"
line off 1
line off 2
line off 3
whole_page_used
right 'news from a fleet'
