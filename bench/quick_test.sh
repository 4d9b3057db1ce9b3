#!/usr/bin/env bash
# Usage: quick_test.sh PROGRAMS
# A short run of the benchmarks prints every row, but for `transfer`, which needs the packages of
# packaging/packages-bench.txt. What the figures are is not tested: a machine that is busy with
# tests has none to tell.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ -n ${HOLDFAST_TEST_AMQP_URL-} ]] || {
  echo "HOLDFAST_TEST_AMQP_URL is not set; ./dev test starts the services and sets it." >&2
  exit 1
}
rows=(submit idle empty first size goodput freeze many economics slowdown resume requests output inputs fetch seen)
names=('submit 5,000 jobs' 'submit, peak memory' 'worker idle' 'added per job that does'
  'from message to the task' 'program, stripped' 'goodput of' 'freeze of' 'checkpoint of 5,000 files'
  'checkpoint of a file of' 'checkpoint 2 of'
  'slow-down by' 'SIGKILL to' 'requests to the store' 'output of'
  'input of' 'the same from' '50 inputs' 'fetch of 300' 'fetch of 24'
  'status of' 'list --state dead of' 'list --sort lag of' "dashboard's first figures")
if [[ -n ${HOLDFAST_TEST_LONG-} ]]; then  # They wait for a broker's patience.
  rows+=(takeover outage)
  names+=('worker killed' 'node vanishes' 'broker away')
fi
table=$(HOLDFAST_BENCH_PROGRAMS=$1 bash "$here/run.sh" --quick "${rows[@]}")
printf '%s\n' "$table"
for row in "${names[@]}"; do
  grep -q "^$row.* \(yes\|NO\)$" <<<"$table" || {
    printf '\nThe table has no row "%s".\n' "$row" >&2
    exit 1
  }
done
