#!/usr/bin/env bash
# A worker is told to go, and its program answers SIGTERM with an orderly end and exit code 0, as GROMACS, the Trainer of
# Hugging Face and most services do. The job is not finished: it resumes, and its result is that of all its steps.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >program.py <<'PY'
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
folder = os.environ["HOLDFAST_CHECKPOINT_DIR"]
step_file = folder + "/step"
step = int(open(step_file).read()) if os.path.exists(step_file) else 0
while step < 40:
    time.sleep(0.1)
    step += 1
    with open(step_file + ".new", "w") as out:
        out.write(str(step))
    os.replace(step_file + ".new", step_file)
    with open(os.environ["HOLDFAST_OUTPUT_DIR"] + "/result.txt", "w") as out:
        out.write(f"{step} of 40\n")
PY
printf 'job_id\na\n' >list.csv
"$HF" run list.csv -- python3 "$PWD/program.py" 2>first.log &
run=$!
has_begun() {
  [[ -n $(find list.csv.holdfast/work -name result.txt 2>/dev/null) ]]
}
wait_for 'the first step' has_begun
kill -TERM "$run"
wait "$run"
"$HF" run list.csv -- python3 "$PWD/program.py" 2>second.log
result=$(find list.csv.holdfast/store -name result.txt -exec cat {} + 2>/dev/null | sort -u)
[[ $result == '40 of 40' ]] || wrong "after a drain in the middle the result is '$result'; the second run: $(cat second.log)"
right 'interrupted, and finished by the second run'
