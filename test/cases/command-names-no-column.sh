#!/usr/bin/env bash
# The command asks for a field that no job has: a mistake in the command, told before the first job.
# shellcheck source=test/cases/lib.sh
. "$(dirname "$0")/lib.sh"

printf 'job_id,steps\nj1,5\nj2,6\n' >typo.csv
printf 'job_id, steps\nj1, 5\n' >blank.csv
printf '{"job_id":"j1","steps":5}\n{"job_id":"j2"}\n' >some.jsonl
for one in typo.csv:'{step}' blank.csv:'{steps}' some.jsonl:'{Steps}'; do
  "$HF" run "${one%%:*}" -- echo "${one#*:}" 2>log
  rc=$?
  ((rc == 2)) || wrong "$one: exit code $rc: $(tail -1 log)"
  grep -q "did you mean" log || wrong "$one: nothing says what was meant: $(tail -1 log)"
  grep -q 'submitted' log && wrong "$one: jobs were submitted"
done
# A field that only some lack may be meant.
"$HF" run some.jsonl -- echo '{steps}' 2>log
(($? == 1)) || wrong "some.jsonl: $(tail -1 log)"
grep -q "1 of 2 jobs of some.jsonl have no field 'steps'" log || wrong "$(head -3 log)"
# An empty cell is an empty text.
printf 'job_id,mode\nj1,\nj2,fast\n' >empty.csv
"$HF" run empty.csv -- sh -c 'echo "<$1>" >"$HOLDFAST_OUTPUT_DIR/r"' x '{mode}' 2>log || wrong "$(tail -1 log)"
[[ $(cat empty.csv.holdfast/store/j1/r) == '<>' ]] || wrong 'an empty cell is no empty text'
right 'the command is held against the list'
