#!/usr/bin/env bash
# For some seconds the program uses up all processes that it may have, just when checkpoints are due. Those may fail; later ones are
# taken, the job is completed. Needs root, to become a user with a limit.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\na\n' >list.csv
cat >program.py <<'P'
import os, subprocess, time
def count(n):
    for i in range(n):
        open("count", "w").write(str(i))
        time.sleep(0.1)
count(10)
held = []
end = time.time() + 4
while time.time() < end:
    try: held.append(subprocess.Popen(["sleep", "100"], stdin=subprocess.DEVNULL))
    except OSError: time.sleep(0.05)
for one in held: one.kill()
for one in held: one.wait()
count(30)
open(os.environ["HOLDFAST_OUTPUT_DIR"] + "/r", "w").write("ok")
P
chmod 755 .
cp "$HF" holdfast
mkdir state
chown 54323:54323 state
setpriv --reuid 54323 --regid 54323 --clear-groups bash -c 'ulimit -u 60; exec "$@"' bash ./holdfast run list.csv --state state \
  --checkpoint-every 300ms --checkpoint-pause 10ms -- python3 "$PWD/program.py" >log 2>&1 &
run=$!
at_end kill -KILL "$run"
over() {
  ! kill -0 "$run" 2>/dev/null
}
wait_for 'the end of the run' over
wait "$run" || wrong "the run ended with $?: $(cat log)"
[[ $(cat state/store/a/r) == ok ]] || wrong "no result: $(cat log)"
right 'the job is completed'
