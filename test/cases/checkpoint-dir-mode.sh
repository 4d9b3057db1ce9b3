#!/usr/bin/env bash
# The mode of the checkpoint directory itself comes back (some databases refuse any but 0700).
# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"

printf 'job_id\nj\n' >jobs.csv
cat >job.sh <<'J'
if [[ $HOLDFAST_RESUMED = 1 ]]; then
  stat -c %a . >"$HOLDFAST_OUTPUT_DIR/mode"
  exit 0
fi
chmod 700 .
echo x >file
"$HF" checkpoint
exit 85
J
export HF
timeout 100 "$HF" run jobs.csv --state S --checkpoint-every 0 -- bash "$PWD/job.sh" >out 2>&1 ||
  wrong "the job did not end well: $(tail -n 3 out)"
mode=$(<S/store/j/mode)
[[ $mode = 700 ]] || wrong "0700 came back as $mode"
right "the directory's own mode is kept"
