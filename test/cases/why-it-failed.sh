#!/usr/bin/env bash
# Why a program failed stands where a person looks: its last line, and what its exit code means.
# shellcheck source=test/cases/lib.sh
. "$(dirname "$0")/lib.sh"

printf 'job_id\nj\n' >jobs.csv
"$HF" run jobs.csv --failures-max 1 -- python3 -c 'raise SystemExit("no such data: 42")' 2>log
grep -q '^  j: failed, exit code 1: no such data: 42' log || wrong "the end of run: $(tail -4 log)"
"$HF" dead list --state jobs.csv.holdfast >list
grep -q 'no such data: 42' list || wrong "dead list: $(cat list)"
"$HF" status --state jobs.csv.holdfast j >status
grep -q 'no such data: 42' status || wrong "status: $(cat status)"
"$HF" run jobs.csv --state other --failures-max 1 -- sh -c nosuchcommand 2>log
grep -q 'exit code 127 (a command was not found)' log || wrong "exit code 127: $(tail -4 log)"
printf '#!/usr/bin/env python3\r\nprint(1)\r\n' >crlf.py
printf '#!/opt/none/python\n' >nointerpreter.py
printf 'echo 1\n' >plain
chmod +x crlf.py nointerpreter.py plain
for one in crlf.py:'Windows line endings' nointerpreter.py:'/opt/none/python' plain:'#!/bin/sh'; do
  "$HF" run jobs.csv --state "${one%%:*}.state" -- "./${one%%:*}" 2>log
  rc=$?
  ((rc == 2)) || wrong "$one: exit code $rc"
  grep -qF -- "${one#*:}" log || wrong "$one: $(tail -1 log)"
done
right 'the reason is where a person looks'
