#!/usr/bin/env bash
# An id is cancelled that the list never had, by a mistake in typing. The run counts its own jobs only: what is completed stays so, and
# what is missing does not hide behind it. A job that was cancelled before it was submitted counts as cancelled.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

again() {  # TEXT CODE: the run ends with them.
  "$HF" run list.csv --state S -- true >log 2>&1
  local code=$?
  ((code == $2)) && grep -q "$1" log || wrong "not '$1' and $2, but $code: $(cat log)"
}
printf 'job_id\na\nb\n' >list.csv
again '2 of 2 jobs completed;' 0
"$HF" cancel typo another-typo --state S >cancelled 2>&1 || wrong "$(cat cancelled)"
again '2 of 2 jobs completed;' 0

echo c >>list.csv
"$HF" cancel c --state S >cancelled 2>&1 || wrong "$(cat cancelled)"
again '2 of 3 jobs completed, 1 cancelled;' 0

rm -rf S/store/a S/store/.holdfast/a
again '1 missing' 1
right 'the jobs of the list are counted, and no others'
