#!/usr/bin/env bash
# What a command tells with --json is JSON, all of standard output is, and the exit code is the one
# that it has without.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

# json CODE EXPRESSION COMMAND…: the command ends with CODE, and EXPRESSION is true of `lines`, the
# objects that it printed.
json() {
  local code=$1 expression=$2 got
  shift 2
  "$HF" "$@" --json >answer 2>errors
  got=$?
  [ $got = "$code" ] || wrong "$* --json ended with $got, not $code: $(cat answer errors)"
  python3 - "$expression" <<'P' || wrong "$* --json: $(cat answer), not $expression"
import json, sys
lines = [json.loads(line) for line in open("answer")]
sys.exit(0 if eval("(" + sys.argv[1] + ")") else 1)
P
}

"$HF" version >plain
json 0 'lines[0]["version"] in open("plain").read()' version
printf 'job_id\na\nb\nc\n' >jobs.csv
places=(--queue "sqlite:$PWD/queue" --store "file:$PWD/store")

# The queues, at a real broker that has one of them otherwise.
name=json-$$-$RANDOM
printf 'AMQP_URL=%s\nJOB_QUEUE=%s\n' "$HOLDFAST_TEST_AMQP_URL" "$name" >broker.env
user=${HOLDFAST_TEST_AMQP_URL#*://}
user=$(python3 -c 'import sys, urllib.parse; print(urllib.parse.unquote(sys.argv[1]))' "${user%%@*}")
queues=$HOLDFAST_TEST_MANAGEMENT_URL/api/queues/${HOLDFAST_TEST_AMQP_URL##*/}
for queue in "$name"{,.dead,.retry.30s,.retry.300s,.retry.1800s} "$name-odd"{,.dead,.retry.30s,.retry.300s,.retry.1800s}; do
  at_end curl -sS -u "$user" -X DELETE "$queues/$queue"
done
json 0 '[l["queue"] for l in lines][:2] == ["'$name'", "'$name'.dead"] and
  all((l["outcome"], l["differences"], l["losses"]) == ("created", [], []) for l in lines)' \
  setup --env-file broker.env
json 0 '{l["outcome"] for l in lines} == {"as_wanted"}' setup --env-file broker.env
curl -sSf -u "$user" -X PUT -H 'content-type: application/json' \
  -d '{"durable": true, "arguments": {"x-queue-type": "quorum", "x-delivery-limit": 3}}' \
  "$queues/$name-odd" || wrong 'no queue of other arguments'
json 3 'lines[0]["queue"] == "'$name'-odd" and lines[0]["outcome"] == "different" and lines[0]["differences"]' \
  setup --env-file broker.env --job-queue "$name-odd"

json 0 '[(l["jobs"], l["submitted"], l["submitted_before"], l["left"], l["changed"], l["cancelled"],
  l["group"]) for l in lines] == [(3, 3, 0, 0, 0, 0, "jobs")] and lines[0]["ledger"].endswith("jobs.csv.submitted")' \
  submit jobs.csv "${places[@]}"
printf 'job_id\na\nb\n' >jobs.csv
json 0 '[(l["jobs"], l["submitted"], l["submitted_before"], l["cancelled"]) for l in lines] == [(2, 0, 2, 1)]' \
  submit jobs.csv --cancel-removed "${places[@]}"
json 0 '[l["ledger"] for l in lines] == [None]' submit - --group other "${places[@]}" <<<'{"job_id":"d"}'
json 2 'lines == []' submit missing.csv "${places[@]}"

# One checkpoint each, then they refuse their work.
"$HF" work "${places[@]}" --until-empty -- /bin/sh -c \
  'echo state >counter; '"$HF"' checkpoint; exit 65' >work.log 2>&1 || wrong "work: $(cat work.log)"

json 0 'lines[0]["job_id"] == "a" and lines[0]["generation"] == lines[0]["attempt"] == 1 and
  lines[0]["bytes"] > 0 and lines[0]["directory"].endswith("/here") and lines[0]["newest"] is True' \
  checkpoints restore a --to here --store "file:$PWD/store"
[ "$(cat here/counter)" = state ] || wrong "the checkpoint is not in the folder that was named"
json 1 'lines == []' checkpoints restore c --to there --store "file:$PWD/store"
json 0 'lines == [{"job_id": "a", "removed": False, "objects": 0, "bytes": 0, "uploads": 0, "error": None}]' \
  checkpoints prune a --dry-run --store "file:$PWD/store"
json 1 'lines[0]["job_id"] == "z" and "no log" in lines[0]["error"]' \
  checkpoints prune z --store "file:$PWD/store"
json 0 'sorted(l["job_id"] for l in lines) == ["a", "b", "c", "d"]' \
  checkpoints prune --all --store "file:$PWD/store"

json 1 'sorted((l["name"], l["outcome"], l["error"]) for l in lines) == [("a", "requeued", None), ("z", "not_dead", None)]' \
  dead requeue a z "${places[@]}"
json 1 '[(l["name"], l["outcome"]) for l in lines] == [("c", "not_dead")]' dead requeue c "${places[@]}"
json 1 'sorted((l["name"], l["outcome"]) for l in lines) == [("b", "dropped"), ("z", "not_found")]' \
  dead drop b z "${places[@]}"
json 2 'lines == []' dead drop "${places[@]}"

printf 'job_id\nx\ny\n' >here.csv
"$HF" run here.csv --json -- /bin/sh -c 'test {job_id} = x && echo 1 >$HOLDFAST_OUTPUT_DIR/r || exit 65' \
  >answer 2>errors
[ $? = 1 ] || wrong "run --json with a dead job did not end with 1"
python3 -c '
import json
(answer,) = [json.loads(line) for line in open("answer")]
assert answer["state"].endswith("/here.csv.holdfast"), answer
del answer["state"]
assert answer == {"jobs": 2, "completed": 1, "dead": 1, "cancelled": 0, "left": 0, "missing": 0,
                  "without_result": 0}, answer
' || wrong "run --json: $(cat answer)"

right "each command's answer is JSON"
