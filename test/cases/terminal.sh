#!/usr/bin/env bash
# --tty: the program has a terminal of its own, in size and by every test that programs make. What it prints is kept byte for byte, it
# is stopped and ends as any other, and without --tty it has none.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\na\n' >list.csv
cat >program.py <<'P'
import os, sys
print(sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty(), os.isatty(os.open("/dev/tty", os.O_RDWR)) if len(sys.argv) > 1 else "")
print(os.get_terminal_size().columns if sys.stdout.isatty() else 0, os.environ.get("TERM", ""))
print("caf\u00e9\ttab\rover\x1b[1mbold")
sys.exit(0)
P
env -u TERM "$HF" run list.csv --state with --tty -- python3 "$PWD/program.py" x >log 2>&1 || wrong "with a terminal: $(cat log)"
"$HF" logs --state with a >said 2>&1 || wrong "logs: $(cat said)"
grep -q 'True True True True' said || wrong "no terminal: $(cat said)"
grep -q '120 xterm' said || wrong "its size and kind: $(cat said)"
"$HF" run list.csv --state without -- python3 "$PWD/program.py" >log 2>&1 || wrong "without one: $(cat log)"
"$HF" logs --state without a >said 2>&1
grep -q 'False False False' said || wrong "a terminal nobody asked for: $(cat said)"

# It is frozen for checkpoints, drained, and goes on.
cat >counter.py <<'P'
import os, sys, time
path = os.path.join(os.environ["HOLDFAST_CHECKPOINT_DIR"], "n")
n = int(open(path).read()) if os.path.exists(path) else 0
while n < 60:
    n += 1
    open(path + ".new", "w").write(str(n)); os.rename(path + ".new", path)
    print("step", n, flush=True)
    time.sleep(0.05)
open(os.path.join(os.environ["HOLDFAST_OUTPUT_DIR"], "n"), "w").write(str(n))
P
"$HF" run list.csv --state counter --tty --checkpoint-every 200ms -- python3 "$PWD/counter.py" >log 2>&1 &
run=$!
at_end kill -KILL "$run"
reached() { "$HF" logs --state counter a 2>/dev/null | grep -q 'step 20'; }
wait_for 'step 20' reached
kill -TERM "$run"
wait "$run"
"$HF" run list.csv --state counter --tty --checkpoint-every 200ms -- python3 "$PWD/counter.py" >log 2>&1 || wrong "the second run: $(cat log)"
[[ $(cat counter/store/a/n) == 60 ]] || wrong "the result is $(cat counter/store/a/n)"
[[ $("$HF" logs --state counter --attempt 2 a | grep -c 'step 1$') == 0 ]] || wrong 'it began anew'
right 'a program that wants a terminal has one'
