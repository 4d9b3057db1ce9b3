#!/usr/bin/env bash
# A file of variables that others may read is warned of; one of its owner alone is not.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir q s
echo AMQP_URL=sqlite:q >worker.env
for mode in 644 640 604; do
  chmod $mode worker.env
  "$HF" status --env-file worker.env --store file:s >log 2>&1
  grep -q 'warning: .*worker.env.*chmod 600' log || wrong "nothing is said of mode $mode: $(cat log)"
done
chmod 600 worker.env
"$HF" status --env-file worker.env --store file:s >log 2>&1
! grep -q warning log || wrong "a closed file is warned of: $(cat log)"
right 'it is warned of'
