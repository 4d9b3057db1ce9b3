#!/usr/bin/env bash
# A file of 64 GB that is nearly all hole costs what it holds: stored and brought back in seconds.
# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"

printf 'job_id\nj\n' >jobs.csv
cat >job.sh <<'J'
if [[ $HOLDFAST_RESUMED = 1 ]]; then
  stat -c '%s %b' big >"$HOLDFAST_OUTPUT_DIR/size"
  tail -c +1000001 big | head -c 1 >"$HOLDFAST_OUTPUT_DIR/byte"
  exit 0
fi
truncate -s 64G big
printf x | dd of=big bs=1 seek=1000000 conv=notrunc 2>/dev/null
"$HF" checkpoint
exit 85
J
export HF
begin=$SECONDS
timeout 100 "$HF" run jobs.csv --state S --checkpoint-every 0 -- bash "$PWD/job.sh" >out 2>&1 ||
  wrong "the job did not end well: $(tail -n 3 out)"
read -r size blocks <S/store/j/size
[[ $size = $((64 << 30)) ]] || wrong "it came back with $size bytes"
((blocks < 100000)) || wrong "it came back with $blocks blocks on the disk"
[[ $(<S/store/j/byte) = x ]] || wrong "its only byte is lost"
((SECONDS - begin < 30)) || wrong "it took $((SECONDS - begin)) s"
right "a hole costs nothing"
