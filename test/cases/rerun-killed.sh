#!/usr/bin/env bash
# A job is run again, and the command is killed when the log says so and the queue does not yet.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

place=(--queue "sqlite:$PWD/queue" --store "file:$PWD/store")
printf 'job_id\na\n' >jobs.csv
work() {
  # shellcheck disable=SC2016  # For the job's shell.
  "$HF" work "${place[@]}" --until-empty -- sh -c 'echo "$0" >"$HOLDFAST_OUTPUT_DIR/r"' "$1" >work.log 2>&1 ||
    wrong "the worker fails: $(<work.log)"
}
"$HF" submit jobs.csv "${place[@]:0:2}" >/dev/null 2>&1 || wrong 'the job is not taken'
work old

# Whoever writes to the queue's file waits for this one.
python3 - queue/queue.sqlite <<'PY' &
import sqlite3, sys, threading
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("begin immediate")
open("locked", "w").close()
threading.Event().wait()
PY
lock=$!
at_end kill -KILL "$lock"
wait_for 'the queue is locked' test -e locked
"$HF" rerun a "${place[@]}" >rerun.log 2>&1 &
rerun=$!
at_end kill -KILL "$rerun"
waits() {
  "$HF" status a "${place[@]}" --json 2>/dev/null | grep -q '"state":"waiting"'
}
wait_for 'the log says that it starts anew' waits
kill -KILL "$rerun" 2>/dev/null || wrong "it was too fast to be killed: $(<rerun.log)"
wait "$rerun" 2>/dev/null
kill -KILL "$lock"
wait "$lock" 2>/dev/null

work too-early
[[ $(<store/a/r) == old ]] || wrong "something ran without a message: $(<store/a/r)"
"$HF" fetch a --to out "${place[@]}" >fetch.log 2>&1 || wrong "its result of before is gone: $(<fetch.log)"
"$HF" rerun a "${place[@]}" >rerun.log 2>&1 || wrong "it cannot be repeated: $(<rerun.log)"
"$HF" status a "${place[@]}" --json | grep -q '"epoch":2' || wrong 'it was started anew twice'
work new
[[ $(<store/a/r) == new ]] || wrong "it did not run again: $(<store/a/r)"
right 'killed between its two writes and repeated, the job runs once more'
