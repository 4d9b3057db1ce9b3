#!/usr/bin/env bash
# Symbolic links among the results: what they lead to is the result; one that leads nowhere is said. Mode and time stay.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >program.sh <<'P'
cd "$HOLDFAST_OUTPUT_DIR" || exit 1
mkdir "$HOLDFAST_CHECKPOINT_DIR/run7"
echo hello >"$HOLDFAST_CHECKPOINT_DIR/run7/a.txt"
ln -s "$HOLDFAST_CHECKPOINT_DIR/run7" latest
ln -s latest/a.txt a.txt
ln -s nowhere dangling
ln -s loop loop
ln -s . back
echo 'echo ran' >run.sh
chmod 755 run.sh
touch -d '2001-02-03 04:05:06 UTC' run.sh
mkfifo pipe
P
printf 'job_id\na\n' >list.csv
"$HF" run list.csv --state state -- bash "$PWD/program.sh" 2>run.log || wrong "not completed: $(cat run.log)"
for name in latest/a.txt a.txt; do
  [[ $(cat "state/store/a/$name") == hello ]] || wrong "the result $name is missing"
done
[[ $(stat -c '%a %Y' state/store/a/run.sh) == '755 981173106' ]] ||
  wrong "mode or time of run.sh: $(stat -c '%a %Y' state/store/a/run.sh)"
for name in dangling loop back pipe; do
  grep -q "$name" run.log || wrong "nothing is said of $name: $(cat run.log)"
  "$HF" status a --state state >status.txt
  [[ $name == pipe ]] || grep -q "$name" status.txt || wrong "status does not show $name: $(cat status.txt)"
done
right 'links are followed, and what cannot be is said'
