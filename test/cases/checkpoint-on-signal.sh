#!/usr/bin/env bash
# --checkpoint-on: a batch system that warns, or a person, gets a checkpoint now; the job goes on. The signals that drain by themselves
# do not drain then.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\na\n' >list.csv
cat >program.sh <<'P'
echo before >"$HOLDFAST_CHECKPOINT_DIR/state"
touch "$1/begun"
while [ ! -e "$1/go" ]; do sleep 0.05; done
echo end >"$HOLDFAST_OUTPUT_DIR/r"
P
"$HF" run list.csv --state s --checkpoint-every 10h --checkpoint-on USR1,WINCH -- sh "$PWD/program.sh" "$PWD" >log 2>&1 &
run=$!
at_end kill -KILL "$run"
wait_for 'the program' test -e begun
stored() { grep -q "a: checkpoint stored" log; }
stored && wrong 'there is a checkpoint before anybody asked'
kill -USR1 "$run"
wait_for 'the checkpoint' stored
kill -0 "$run" || wrong 'the signal ended the run'
grep -q Stopping log && wrong "the signal drained the worker: $(cat log)"
touch go
wait "$run" || wrong "the run ended with $?: $(cat log)"
[[ $(cat s/store/a/r) == end ]] || wrong "the result is $(cat s/store/a/r)"
"$HF" run list.csv --state t --checkpoint-on KILL -- true >log 2>&1
(($? == 2)) || wrong 'a signal that nobody can wait for is accepted'
right 'a checkpoint when a signal asks for it'
