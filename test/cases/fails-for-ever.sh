#!/usr/bin/env bash
# A program that crashes in each attempt, later than one checkpoint interval, and never gets any further. Checkpoints that
# the clock took are no progress: the job is dead soon, also if a file in the checkpoint directory changes all the time.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >same.sh <<E2
echo started >>'$PWD/same.starts'
sleep 2
exit 1
E2
cat >grows.sh <<E2
echo started >>'$PWD/grows.starts'
for i in 1 2 3 4; do date +%N >>"\$HOLDFAST_CHECKPOINT_DIR/log"; sleep 0.5; done
exit 1
E2
for kind in same:4 grows:6; do
  name=${kind%:*} most=${kind#*:}
  printf 'job_id\na\n' >"$name.csv"
  timeout -s INT 150 "$HF" run "$name.csv" --failures-max 3 --checkpoint-every 700ms -- bash "$PWD/$name.sh" 2>"$name.log"
  code=$?
  attempts=$(wc -l <"$name.starts")
  ((code == 1 && attempts <= most)) || wrong "$name: exit code $code after $attempts attempts: $(tail -n 3 "$name.log")"
done
right 'dead after a few attempts'
