#!/usr/bin/env bash
# Usage: run.sh [--quick] [ROW...]
# Measures what docs/benchmarks.md tells of and prints it as a table, beside what is measured in the
# same run with other programs. --quick: a short run with few repetitions, good for a look only.
# ROW: submit, idle, empty, first, size, goodput, transfer, freeze, many, economics, slowdown, resume,
# requests, output, inputs, fetch, takeover, outage, seen; without any, all. millions only if it is named: it takes long.
#
# Needs running services (their places in HOLDFAST_TEST_... variables); ./dev bench starts them.
#   HOLDFAST_TEST_PROGRAM    what is measured, else build/release/holdfast
#   HOLDFAST_BENCH_PROGRAMS  the folder with what is measured beside it, else they are built
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
release=$here/../build/release

export HOLDFAST_TEST_PROGRAM=${HOLDFAST_TEST_PROGRAM-$release/holdfast}
[[ -x $HOLDFAST_TEST_PROGRAM ]] || {
  printf '%s is not there; ./dev build makes it.\n' "$HOLDFAST_TEST_PROGRAM" >&2
  exit 1
}
if [[ -z ${HOLDFAST_BENCH_PROGRAMS-} ]]; then
  cmake --build "$release" --target bench_programs
  export HOLDFAST_BENCH_PROGRAMS=$release/bench
fi
# Debian's own interpreter, which has the packages that the guide's scripts use.
exec /usr/bin/python3 -B "$here/measure/main.py" "$@"
