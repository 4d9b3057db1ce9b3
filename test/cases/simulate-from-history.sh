# A fleet's own past is played again, and what another interval, fleet or price would have meant.
. "$(dirname "$0")/lib.sh"

cat >task.py <<'E'
import os, socket, sys, time
say = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
state = os.path.join(os.environ["HOLDFAST_CHECKPOINT_DIR"], "step")
step = int(open(state).read()) if os.path.exists(state) else 0
while step < 40:
    time.sleep(0.05)
    step += 1
    if step % 10 == 0:
        open(state + ".new", "w").write(str(step))
        os.replace(state + ".new", state)
        say.sendto(f"STEP={step}\nCHECKPOINT=1".encode(), os.environ["HOLDFAST_SOCKET"])
open(os.path.join(os.environ["HOLDFAST_OUTPUT_DIR"], "result"), "w").write(str(step))
E
printf 'job_id\na\nb\nc\nd\n' >jobs.csv

checkpointed() { "$HF" list --state jobs.csv.holdfast --json 2>/dev/null | grep -q '"generation":[1-9]'; }
# Killed with two jobs in their midst, and run again.
"$HF" run jobs.csv --slots 2 --to out -- python3 "$PWD/task.py" >run.log 2>&1 &
run=$!
wait_for "a checkpoint" checkpointed
kill -9 $run
wait $run 2>/dev/null
"$HF" run jobs.csv --slots 2 --to out -- python3 "$PWD/task.py" >run.log 2>&1 ||
  wrong "run: $(cat run.log)"

"$HF" simulate --from-history --state jobs.csv.holdfast --json >past.json || wrong "it fails"
python3 - past.json <<'E' || wrong "$(cat past.json)"
import json, sys
told = json.load(open(sys.argv[1]))
past, ways = told["past"], told["ways"]
assert past["jobs"] == past["jobs_read"] == 4 and past["interruptions"] >= 1, past
assert past["lifetimes"]["seen"] >= 2 and past["lifetimes"]["interrupted"] >= 1, past
assert past["machines"] >= 2 and past["checkpoints"] >= 4, past
assert 1 < past["job_hours"] * 3600 < 60 and 0 < past["goodput"] <= 1, past
assert [way["way"] for way in ways] == ["as it was", "best interval"], ways
assert all(way["completed"] == 4 for way in ways)
E
"$HF" simulate --from-history --state jobs.csv.holdfast --price 0.3 --max-replicas 9 --json >other.json
python3 - other.json <<'E' || wrong "$(cat other.json)"
import json, sys
was, other = json.load(open(sys.argv[1]))["ways"]
assert other["way"] == "as asked"
assert abs(was["dollars"] / was["paid_hours"] - 0.1) < 1e-9
assert abs(other["dollars"] / other["paid_hours"] - 0.3) < 1e-9
assert was["checkpoint_interval_hours"] == other["checkpoint_interval_hours"]
E
"$HF" simulate --from-history --state jobs.csv.holdfast --checkpoint-every 5m >text ||
  wrong "as text"
grep -q '^From the logs of 4 of 4 jobs' text && grep -q 'as it was.*as asked' text ||
  wrong "$(cat text)"
right "the past is measured, played again and changed"
