#!/usr/bin/env bash
# A result may have any name that the file system takes, also those that Holdfast used for its own objects once.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >names <<'N'
log/train.txt
job.json
chunks/part-1
attempts/notes.txt
manifests
.holdfast/a/log/1
50% of it
a%20b
N
cat >program.sh <<'P'
while IFS= read -r name; do
  mkdir -p "$HOLDFAST_OUTPUT_DIR/$(dirname "$name")"
  printf '%s' "$name" >"$HOLDFAST_OUTPUT_DIR/$name"
done <"$1"
for name in $'tab\there' $'latin\xe9' $'new\nline' "$(printf 'x%.0s' {1..255})"; do
  printf '%s' "$name" >"$HOLDFAST_OUTPUT_DIR/$name"
done
P
printf 'job_id\na\n' >list.csv
"$HF" run list.csv --state state -- bash "$PWD/program.sh" "$PWD/names" 2>run.log ||
  wrong "the job is not completed: $(cat run.log)"
while IFS= read -r name; do
  [[ $(cat "state/store/a/$name") == "$name" ]] || wrong "the result $name is missing"
done <names
for name in $'tab\there' $'latin\xe9' $'new\nline' "$(printf 'x%.0s' {1..255})"; do
  [[ $(cat "state/store/a/$name") == "$name" ]] || wrong "the result $(printf %q "$name") is missing"
done
[[ $(find state/store/a -type f -printf x) == xxxxxxxxxxxx ]] || wrong "there is something else: $(find state/store/a)"
right 'each result under its own name'
