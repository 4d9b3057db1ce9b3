#!/usr/bin/env bash
# docs/notifications.md: its commands as they stand, and the receiver that it shows, with a key, without, and with the wrong one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=${HOLDFAST_TEST_PROGRAM:?the path of the program, as ./dev test sets it}
folder=$(mktemp -d)
receiver=
end() {
  [[ -z $receiver ]] || kill -KILL "$receiver" 2>/dev/null || true
  rm -rf "$folder"
}
trap end EXIT
cd "$folder"
mkdir bin
ln -s "$program" bin/holdfast
PATH=$folder/bin:$PATH

fail() {
  printf 'WRONG: %s\n' "$*" >&2
  exit 1
}
block() {  # LANGUAGE NAME
  awk -v head="\`\`\`$1 $2" '$0 == head { on = 1; next } $0 == "```" { on = 0 } on' "$here/../../docs/notifications.md" >"$2"
  [[ -s $2 ]] || fail "the page has no block $2"
}

for name in run tell.sh test missed; do block sh "$name"; done
block python receiver.py
chmod +x tell.sh
printf 'job_id\na\nb\nbad\n' >jobs.csv
printf '[ "$1" != bad ] || exit 65\necho "$1" >"$HOLDFAST_OUTPUT_DIR/result"\n' >job.sh
bash -e test >test.out 2>&1 || fail "the test: $(cat test.out)"
[[ $(cat events.txt) == 'test: A test of holdfast notify' ]] || fail "the test said: $(cat events.txt)"
bash run >run.out 2>&1 && fail 'a dead job, and yet all is well'
[[ $(cut -d: -f1 events.txt | sort | tr '\n' ' ') == 'completed completed dead group_finished test ' ]] || fail "told of: $(cat events.txt)"
grep -qx 'completed: Job a completed' events.txt || fail "told of: $(cat events.txt)"
bash -e missed >missed.out 2>&1 || fail "missed: $(cat missed.out)"
grep -q 'Nothing was missed' missed.out || fail "all was sent, and yet: $(cat missed.out)"

PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export PORT
HOLDFAST_NOTIFY_KEY=right python3 receiver.py >heard 2>/dev/null &
receiver=$!
for ((i = 0; i < 200; ++i)); do
  (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null && break
  sleep 0.05
done
run() { env "$@" holdfast run list.csv --notify "http://127.0.0.1:$PORT/" -- sh job.sh '{job_id}' >run.out 2>&1; }
printf 'job_id\nc\n' >list.csv
run HOLDFAST_NOTIFY_KEY=wrong || fail "run: $(cat run.out)"
grep -q 'notifications were not sent' run.out || fail "a receiver that refuses: $(cat run.out)"
[[ ! -s heard ]] || fail "the receiver took what is signed by somebody else: $(cat heard)"
run HOLDFAST_NOTIFY_KEY=right || fail "run again: $(cat run.out)"
[[ $(cat heard) == $'Job c completed\nGroup list has finished: 1 completed' ]] || fail "the receiver heard: $(cat heard); $(cat run.out)"
echo 'right: the page does what it says'
