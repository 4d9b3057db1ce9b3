#!/usr/bin/env bash
# A group of which job after job dies stops by itself (--max-dead), is told of, loses nothing, holds up nobody else, and goes on when a
# person says so; on both brokers.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
. "$here/fleet.bash"

work() {
  timeout 100 "$HF" work --env-file worker.env --until-empty --failures-max 1 --work-dir "$PWD/w" -- \
    sh -c 'test -e "$1" -o "$2" = good || exit 1; echo "$2" >"$3/r"' x "$PWD/mended" '{x}' '{output_dir}' 2>work.log || wrong "work: $(tail -2 work.log)"
}
count() { grep -c "$@"; }
status() { "$HF" status --env-file worker.env "$@"; }

for broker in '' 4; do
  new_fleet "$broker"
  rm -f mended ./*.submitted
  { echo job_id,x; for ((i = 1; i <= 30; ++i)); do echo "bad-$i,$i"; done; } >bad.csv
  printf 'job_id,x\nother-1,good\nother-2,good\n' >other.csv
  "$HF" submit --env-file worker.env bad.csv --max-dead 3 2>log || wrong "submit: $(tail -1 log)"
  "$HF" submit --env-file worker.env other.csv 2>log || wrong "submit: $(tail -1 log)"
  work
  [[ $(count 'group stopped' work.log) == 1 ]] || wrong "it is told $(count 'group stopped' work.log) times"
  status --group bad --json >log
  grep -q '"dead":3,.*"stopped":"2' log || wrong "the group: $(cat log)"
  grep -q 'resume --group bad' <(status) || wrong "nothing tells how it goes on: $(status)"
  grep -q '"held":27' <(status --json) || wrong "held: $(status --json)"
  "$HF" why --env-file worker.env bad-30 | grep -q 'Its group bad stopped .* 3 of its jobs were dead' || wrong "$("$HF" why --env-file worker.env bad-30)"
  grep -q '"completed":2' <(status --group other --json) || wrong "another group is held, too: $(status --group other)"
  timeout 60 "$HF" wait --env-file worker.env --group bad --timeout 1s >log 2>&1
  grep -q 'Group bad has stopped' log || wrong "whoever waits for it is not told: $(cat log)"

  touch mended
  # Killed in the middle, it can be repeated.
  timeout -s KILL 0.15 "$HF" resume --env-file worker.env --group bad 2>/dev/null
  timeout -s KILL 0.25 "$HF" resume --env-file worker.env --group bad 2>/dev/null
  "$HF" resume --env-file worker.env --group bad --json >log || wrong "resume: $(cat log)"
  "$HF" dead requeue --env-file worker.env --all >log 2>&1 || wrong "requeue: $(cat log)"
  work
  grep -q '"completed":30' <(status --group bad --json) || wrong "after it went on: $(status --group bad)"
  grep -q '"held":0' <(status --json) || wrong "held: $(status --json)"
  "$HF" resume --env-file worker.env --group bad 2>log || wrong "resume: $(cat log)"
  grep -q 'had not stopped' log || wrong "resume of one that goes on: $(cat log)"
  "$HF" resume --env-file worker.env --group bda >log 2>&1
  [[ $? == 2 ]] && grep -q 'did you mean bad' log || wrong "a group that is not there: $(cat log)"
done
right 'a group that only fails stops, and goes on when a person says so'
