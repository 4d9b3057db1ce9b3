#!/usr/bin/env bash
# README.md: the first jobs, killed in the middle, and a fleet. What builds and tests the project itself is run by ./dev; the cloud's
# commands are those of docs/saladcloud.md, whose test has a cloud to speak to.
. "$(dirname "${BASH_SOURCE[0]}")/page.bash"
page README.md
touch used/dev used/size

mkdir -p build/release/examples
ln -s "$HF" build/release/holdfast
cp "${HOLDFAST_TEST_SLOW_SUM:?the path of the example slow_sum}" build/release/examples/slow_sum
cp -r "$project/examples" .
printf '#!/bin/sh\n[ "$1" = build ]\n' >dev
chmod +x dev

block first >first.sh
setsid bash -eu first.sh >first.out 2>&1 </dev/null &
first=$!
at_end kill -KILL -- "-$first"
wait_for 'a job that is completed' grep -q 'completed (1 of 5)' first.out
kill -KILL -- "-$first"
wait "$first" 2>/dev/null
sed 's/STEP_MS=1000/STEP_MS=10/' first.sh >script.sh  # Nobody has to wait for the rest.
run_text again 0
said again '5 of 5 jobs completed'
[[ $(cat examples/jobs.csv.holdfast/store/job-[0-4]/result.txt) == 1021365578 ]] ||
  wrong "the sums: $(cat examples/jobs.csv.holdfast/store/*/result.txt)"
touch used/first

until_address() {
  text_of_line look 1 | sed 's/^/exec /' >open.sh
  bash open.sh >open.out 2>&1 </dev/null &
  local dashboard=$!
  at_end kill -KILL "$dashboard"
  wait_for "the dashboard's address" grep -q 'http://127[^ ]*token=' open.out
  kill -TERM "$dashboard"
  wait "$dashboard"
}
until_address
line look 2
said look.2 job-4
line look 3
said look.3 completed

fleet
printf 'job_id\none\ntwo\n' >jobs.csv
cat >my-program <<'SH'
#!/bin/sh
[ "$HOLDFAST_JOB_ID" = one ] || exit 65
echo 1 >"$HOLDFAST_OUTPUT_DIR/result.txt"
SH
chmod +x my-program
line fleet 1
line fleet 2
line fleet 3
text_of_line fleet 4 | sed 's/^/exec /' >work.sh
bash work.sh >work.out 2>&1 </dev/null &
works=$!
at_end kill -KILL "$works"
wait_for 'the end of both jobs' sh -c 'grep -q "job completed" work.out && grep -q "job_id=two.*refused\|refused.*job_id=two\|set aside\|dead" work.out'
kill -TERM "$works"
wait "$works"
line fleet 5
said fleet.5 'completed    1' 'dead         1'
line fleet 6
said fleet.6 two
line fleet 7 1  # One of them is dead.
[[ $(<results/one/result.txt) == 1 ]] || wrong 'no result'
whole_page_used
right 'the README does what it says'
