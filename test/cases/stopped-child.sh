#!/usr/bin/env bash
# What the program itself has suspended stays suspended through snapshots, and what it lets go on goes on.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\na\n' >list.csv
cat >program.py <<'P'
import os, signal, subprocess, sys, time
out = os.environ["HOLDFAST_OUTPUT_DIR"]
child = subprocess.Popen(["sh", "-c", "while :; do echo x >>" + out + "/ticks; sleep 0.05; done"])
def ticks():
    try: return os.path.getsize(out + "/ticks")
    except OSError: return 0
while ticks() < 4: time.sleep(0.01)
child.send_signal(signal.SIGSTOP)
os.waitid(os.P_PID, child.pid, os.WSTOPPED)
before = ticks()
end = time.time() + 3
while time.time() < end: time.sleep(0.05)
state = open(f"/proc/{child.pid}/stat").read().rsplit(")")[1].split()[0]
stayed = ticks() == before and state == "T"
child.send_signal(signal.SIGCONT)
end = time.time() + 20
while ticks() == before and time.time() < end: time.sleep(0.01)
went_on = ticks() > before
child.kill()
open(out + "/seen", "w").write(f"stayed {stayed} went_on {went_on}")
P
"$HF" run list.csv --state S --checkpoint-every 200ms --checkpoint-pause 10ms -- python3 "$PWD/program.py" >log 2>&1 || wrong "the run ended with $?: $(cat log)"
[[ $(cat S/store/a/seen) == 'stayed True went_on True' ]] || wrong "the program saw: $(cat S/store/a/seen)"
right 'it stayed suspended until the program let it go on'
