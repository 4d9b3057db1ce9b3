#!/usr/bin/env bash
# `holdfast run` says that checkpoints cannot be stored, when it happens and at its end.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf 'job_id\nj\n' >jobs.csv
mkdir -p state/store/.holdfast/j
touch state/store/.holdfast/j/chunks  # So that nothing can be written below it.
printf '{"format":1,"layout":2}\n' >state/store/.holdfast/.layout
cat >program.sh <<'P'
for i in {1..20}; do echo "$i" >n; sleep 0.2; done
echo ok >"$HOLDFAST_OUTPUT_DIR/x"
P
"$HF" run jobs.csv --state state --checkpoint-every 1s -- bash "$PWD/program.sh" >out 2>&1
grep -q '^j: checkpoint not stored' out || wrong "nothing was said when it happened: $(cat out)"
tail -n 4 out | grep -qi 'not stored' || wrong "nothing is said at the end: $(cat out)"
right "$(grep -m 1 'not stored' out)"
