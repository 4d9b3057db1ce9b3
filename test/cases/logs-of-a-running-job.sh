#!/usr/bin/env bash
# What a job's program prints is read while it runs, on the machine that runs it: followed within a moment, harmless on a terminal,
# byte for byte in a pipe, kept when everything is killed.
# shellcheck source=test/cases/lib.sh
. "$(dirname "$0")/lib.sh"

printf 'job_id\na\n' >list.csv
cat >program.sh <<'JOB'
printf 'attempt %s\n' "$HOLDFAST_ATTEMPT"
if [ "$HOLDFAST_ATTEMPT" = 1 ]; then
  for i in 1 2 3 4 5; do
    echo "line $i"
    until [ -e "$1/saw-$i" ]; do read -r -t 0.05 _ <>"$1/never"; done
  done
  echo killed now >"$1/kill"
  read -r _ <>"$1/never"
fi
printf '\033]0;owned\007colour\nno end'
JOB
mkfifo never
"$HF" run list.csv -- bash "$PWD/program.sh" "$PWD" 2>first.log &
run=$!
at_end kill -KILL "$run"
wait_for 'the job to begin' test -e list.csv.holdfast/store/.holdfast/a/log
logs() { "$HF" logs --state list.csv.holdfast "$@"; }

# The program prints the next line only when this one was seen: without a line that is followed, nobody gets on.
logs a -f >followed 2>followed.words &
follower=$!
at_end kill -KILL "$follower"
for i in 1 2 3 4 5; do
  wait_for "line $i to be followed" grep -qx "line $i" followed
  touch "saw-$i"
done
wait_for 'the last line' test -s kill
kill -KILL "$run"
wait "$run" 2>kill.log

"$HF" run list.csv -- bash "$PWD/program.sh" "$PWD" 2>second.log || wrong "the second run: $(cat second.log)"
wait "$follower" || wrong "the follower ended with $?: $(cat followed.words)"
printf 'attempt 1\nline 1\nline 2\nline 3\nline 4\nline 5\nattempt 2\n\033]0;owned\007colour\nno end' >wanted
cmp wanted followed || wrong "followed: $(cat -v followed)"
grep -q 'attempt 2' followed.words || wrong "where the second attempt begins is not told: $(cat followed.words)"
grep -q 'a: completed' followed.words || wrong "how it ended is not told: $(cat followed.words)"

logs a --attempt all >all 2>words || wrong "all attempts: $(cat words)"
cmp wanted all || wrong "all attempts: $(cat -v all)"
[[ $(logs a --attempt 1 --tail 1) == 'line 5' ]] || wrong "the last line of attempt 1: $(logs a --attempt 1 --tail 1)"
[[ $(logs a --attempt 1 --tail 2 --json) == *'"attempt":1,"time":"20'*'"text":"line 5"}' ]] || wrong "as JSON: $(logs a --attempt 1 --tail 2 --json)"
logs a --attempt 1 --times | grep -qE '^20[0-9-]+T[0-9:.]+Z  line 3$' || wrong "with times: $(logs a --attempt 1 --times)"
script -qec "$HF logs --state list.csv.holdfast a" /dev/null </dev/null >shown
grep -q 'u001b\]0;owned.u0007colour' shown || wrong "on a terminal: $(cat -v shown)"
grep -q $'\033]' shown && wrong 'a terminal obeys what a job printed'
logs a --attempt 1 | head -n 1 >one && [[ ${PIPESTATUS[0]} == 0 ]] || wrong 'a reader that goes away is an error'

tells() {  # CODE TEXT WORDS...
  local code=$1 text=$2 got
  shift 2
  logs "$@" >out 2>words
  got=$?
  [[ $got == "$code" ]] && grep -q "$text" words && [[ ! -s out ]] || wrong "logs $*: code $got, $(cat words)"
}
tells 1 'no such job' nobody
tells 1 'has had 2 attempts' a --attempt 3
tells 2 'bad/id' bad/id
printf 'job_id\nsilent\n' >silent.csv
"$HF" run silent.csv -- true 2>words || wrong "silent: $(cat words)"
"$HF" logs --state silent.csv.holdfast silent 2>words && wrong 'a silent job has a log'
grep -q 'printed nothing' words || wrong "of a silent job: $(cat words)"
[[ ! -e silent.csv.holdfast/store/.holdfast/silent/attempts/1/log ]] || wrong 'a silent job costs a write'
right 'followed, read back, and harmless'
