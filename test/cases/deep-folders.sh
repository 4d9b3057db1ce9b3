#!/usr/bin/env bash
# Folders nested 300 deep, with paths longer than any system call takes, are in the checkpoint.
# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"

printf 'job_id\nj\n' >jobs.csv
cat >deep.py <<'P'
import os, subprocess, sys
name = 'd' * 40
resumed = os.environ['HOLDFAST_RESUMED'] == '1'
for depth in range(300):
    if not resumed:
        os.mkdir(name)
    os.chdir(name)
if resumed:
    found = open('leaf').read()
    open(os.path.join(os.environ['HOLDFAST_OUTPUT_DIR'], 'found'), 'w').write(found)
    sys.exit(0)
open('leaf', 'w').write('leaf')
subprocess.run([os.environ['HF'], 'checkpoint'], check=True)
sys.exit(85)
P
export HF
timeout 100 "$HF" run jobs.csv --state S --checkpoint-every 0 -- \
  /usr/bin/python3 "$PWD/deep.py" >out 2>&1 || wrong "the job did not end well: $(tail -n 3 out)"
[[ $(<S/store/j/found) = leaf ]] || wrong "what lay deepest is lost"
right "depth is no matter"
