#!/usr/bin/env bash
# Where nothing can be written or read, the command says what, why and what to do, and leaves no half of a file. Needs root, for a
# small file system.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"

chmod 755 .  # For the other user.
printf 'job_id\na\nb\n' >jobs.csv
# shellcheck disable=SC2016  # The program's.
"$HF" run jobs.csv -- /bin/sh -c 'echo 1 >"$HOLDFAST_OUTPUT_DIR/r.txt"' >run.log 2>&1 || wrong "run: $(cat run.log)"
state=jobs.csv.holdfast

says() {  # CODE TEXT COMMAND...
  local want=$1 text=$2 got
  shift 2
  "$@" 2>said
  got=$?
  ((got == want)) || wrong "$* ended with $got, not $want: $(cat said)"
  grep -q -- "$text" said || wrong "$* says: $(cat said)"
}

says 4 'standard output: No space left on device' "$HF" list --state $state >/dev/full
says 4 'standard output: No space left on device' "$HF" list --state $state --json >/dev/full

mkdir small
mount -t tmpfs -o size=16k none small || wrong 'a small file system needs root'
at_end umount -l "$PWD/small"
head -c 40k /dev/zero >small/filler 2>/dev/null
says 4 'r.html.*: No space left on device' "$HF" report --state $state --html small/r.html
says 4 't.csv.*: No space left on device' "$HF" fetch --state $state --table small/t.csv
[[ $(ls small) == filler ]] || wrong "files are left: $(ls small)"
rm small/filler
"$HF" fetch --state $state --table small/t.csv 2>said || wrong "with room: $(cat said)"
[[ -s small/t.csv ]] || wrong 'no table'

other() { setpriv --reuid 65534 --clear-groups "$@"; }
says 4 "cannot use .*jobs.csv.holdfast.*: Permission denied; run it as the user" other "$HF" list --state $state
says 4 "cannot use .*jobs.csv.holdfast.*: Permission denied; run it as the user" other "$HF" fetch --state $state --to out

printf 'job_id\nmüller-3\n' >names.csv
says 2 "names.csv, line 2: the job_id \"müller-3\" has 'ü' at position 2, which is not allowed; use letters (a to z)" "$HF" run names.csv -- true
right 'said what, why and what to do'
