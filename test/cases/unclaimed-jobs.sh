#!/usr/bin/env bash
# Jobs that were submitted and that no worker has taken yet: how many of a group, and which.
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

place=(--queue "sqlite:$PWD/queue" --store "file:$PWD/store")
mkdir queue store
{ echo job_id; for ((i = 1; i <= 9; ++i)); do echo "night-$i"; done; } >night.csv
printf 'job_id\nother-1\n' >other.csv
for list in night other; do
  "$HF" submit "$list.csv" "${place[@]}" 2>log || wrong "submit: $(cat log)"
done
list() {
  "$HF" list "${place[@]}" "$@" 2>told
}
list --group night >table
grep -q '^9 jobs of this group have not been taken by a worker yet' told && [[ $(wc -l <told) == 1 ]] || wrong "before any worker: $(cat table told)"
# Two are completed, and the third runs on.
"$HF" work "${place[@]}" -- sh -c 'case $1 in night-[12]) ;; *) exec sleep 1000 ;; esac' x '{job_id}' 2>log &
at_end kill -KILL $!
are_begun() {
  [[ $(list --group night | grep -c '^night-[12]  *completed\|^night-3  *running') == 3 ]]
}
wait_for 'the third job runs' are_begun
list --group night >table
[[ $(grep -c '^night-[0-9]  *completed' table) == 2 ]] || wrong "the list: $(cat table)"
grep -q '^6 jobs of this group have not been taken .*--state unclaimed' told || wrong "nothing tells of the others: $(cat told)"
list --group night --state unclaimed >table
[[ $(grep -c '^night-[4-9]  *unclaimed' table) == 6 && $(wc -l <table) == 7 ]] || wrong "which: $(cat table)"
list --group night --state unclaimed --limit 3 >table
[[ $(grep -c '^night-' table) == 3 ]] && grep -q '^3 more' told || wrong "with a limit: $(cat table told)"
list --group night --state unclaimed --match -9 --json >table
[[ $(cat table) == '{"job_id":"night-9","state":"unclaimed","reason":null,'* ]] || wrong "JSON: $(cat table)"
list --group other --state unclaimed | grep -q '^other-1' || wrong "another group: $(cat told)"
list --state completed --group night >table
! grep -q 'taken by a worker' told || wrong "who asks for another state is told of these: $(cat told)"
list --state unclaimed
[[ $? == 2 ]] && grep -q -e '--group NAME' told || wrong "without a group: $(cat told)"
list --group night --state unclaimed,dead
[[ $? == 2 ]] || wrong "with another state: $(cat told)"
right 'jobs that no worker has taken are counted and named'
