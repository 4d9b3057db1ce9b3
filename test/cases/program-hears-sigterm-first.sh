#!/usr/bin/env bash
# A machine that goes down sends SIGTERM to everything at once. The program may be the first to hear it, and has left with
# exit code 0 before its worker is told. It is interrupted all the same.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >program.py <<'PY'
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with open(os.environ["HOLDFAST_CHECKPOINT_DIR"] + "/step", "a") as out:
    out.write("x")
steps = len(open(os.environ["HOLDFAST_CHECKPOINT_DIR"] + "/step").read())
with open(os.environ["HOLDFAST_OUTPUT_DIR"] + "/result.txt", "w") as out:
    out.write(f"{steps}\n")
with open(sys.argv[1], "w") as out:
    out.write(str(os.getpid()))
if steps < 2:
    time.sleep(60)
PY
printf 'job_id\na\n' >list.csv
"$HF" run list.csv -- python3 "$PWD/program.py" "$PWD/pid" 2>first.log &
run=$!
wait_for 'the program' test -s pid
sleep 1.5  # Long enough for the worker to have seen that the program handles SIGTERM.
kill -TERM "$(cat pid)"
wait_for 'its end' bash -c "! kill -0 $(cat pid)"
kill -TERM "$run"
wait "$run"
"$HF" run list.csv -- python3 "$PWD/program.py" "$PWD/pid" 2>second.log
grep -q '1 of 1 jobs completed' second.log || wrong "the second run says: $(cat second.log)"
result=$(find list.csv.holdfast/store -name result.txt -exec cat {} + | sort -u)
[[ $result == 2 ]] || wrong "the result is '$result' after SIGTERM to the program first; first run: $(cat first.log)"
right 'interrupted, and finished by the second run'
