#!/usr/bin/env bash
# holdfast wait --group and fetch --group --follow go on for jobs that are submitted to the group after they began.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"

places=(--queue "sqlite:$PWD/queue" --store "file:$PWD/store")
printf 'job_id\na1\na2\n' >first.csv
printf 'job_id\nb\n' >second.csv
"$HF" submit first.csv --group both "${places[@]}" >submit.log 2>&1 || wrong "$(cat submit.log)"
"$HF" wait --group both "${places[@]}" --json >wait.log 2>&1 &
waiting=$!
at_end kill -KILL "$waiting"
"$HF" fetch --group both "${places[@]}" --follow --to out --json >fetch.log 2>&1 &
fetching=$!
at_end kill -KILL "$fetching"
# shellcheck disable=SC2016  # The program's.
"$HF" work "${places[@]}" -- /bin/sh -c \
  'until test -e '"$PWD"'/{job_id}.go; do sleep 0.05; done; echo 1 >"$HOLDFAST_OUTPUT_DIR/r"' >work.log 2>&1 &
at_end kill -TERM "$!"

# Both have read the group once they tell of its first job.
: >a1.go
wait_for 'word of the first job' grep -q '"job_id":"a1"' wait.log
wait_for 'the result of the first job' grep -q '"job_id":"a1"' fetch.log
"$HF" submit second.csv --group both "${places[@]}" >submit.log 2>&1 || wrong "$(cat submit.log)"
: >a2.go
: >b.go
wait "$waiting" || wrong "wait ended with $?: $(cat wait.log)"
grep -q '"event":"done","completed":3,' wait.log || wrong "it did not wait for the job that joined: $(cat wait.log)"
wait "$fetching" || wrong "fetch ended with $?: $(cat fetch.log)"
[[ -s out/b/r ]] || wrong "the result of the job that joined was not fetched: $(cat fetch.log)"
right 'a group may grow'
