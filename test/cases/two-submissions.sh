#!/usr/bin/env bash
# The same list is submitted twice at the same time: one of the two does it, the other says who does and changes nothing.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"

places=(--queue "sqlite:$PWD/queue" --store "file:$PWD/store")
{ echo job_id; seq -f 'j%g' 3000; } >jobs.csv
"$HF" submit jobs.csv "${places[@]}" >first.log 2>&1 &
first=$!
"$HF" submit jobs.csv "${places[@]}" >second.log 2>&1
second_code=$?
wait "$first"
first_code=$?
for one in first second; do
  code=${one}_code
  ((${!code} == 0 || ${!code} == 2)) || wrong "the $one submission ended with ${!code}: $(cat $one.log)"
  ((${!code} == 0)) || grep -q 'another holdfast submit uses jobs.csv.submitted; wait' $one.log || wrong "the $one says: $(cat $one.log)"
done
((first_code + second_code < 4)) || wrong 'neither submission did it'
"$HF" submit jobs.csv "${places[@]}" >again.log 2>&1 || wrong "a third one: $(cat again.log)"
"$HF" status "${places[@]}" | grep -q 'waiting *3,000$' || wrong "$("$HF" status "${places[@]}")"

# However slow the other one is.
flock jobs.csv.submitted.lock bash -c '"$@" >locked.log 2>&1; code=$?; test -e jobs.csv.submitted.lock || code=99; exit $code' \
  in "$HF" submit jobs.csv "${places[@]}"
code=$?
((code == 2)) || wrong "beside another one it ended with $code: $(cat locked.log)"
grep -q 'another holdfast submit uses' locked.log || wrong "$(cat locked.log)"
test ! -e jobs.csv.submitted.lock || rm jobs.csv.submitted.lock  # flock(1) leaves it.
"$HF" submit jobs.csv "${places[@]}" >after.log 2>&1 || wrong "after it: $(cat after.log)"
right 'one list, one submission'
