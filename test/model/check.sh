#!/usr/bin/env bash
# Usage: check.sh safety|ending holds|found [-DNAME...]
# Tries every history of ownership.pml. safety: no assertion fails and nobody is stuck. ending: the
# job ends. Passes if that holds, or (found) if the planted fault -DNAME breaks it.
# HOLDFAST_TEST_LONG=1: more of everything than else; takes minutes and some GiB.
set -euo pipefail

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

(($# >= 2)) || fail "Usage: check.sh safety|ending holds|found [-DNAME...]"
model=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/ownership.pml
question=$1 wanted=$2
shift 2
for program in spin gcc; do
  command -v "$program" >/dev/null ||
    fail "$program is not installed. Install what packaging/packages-test.txt lists."
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

case $question in
  safety) faults=2 compile=(-DSAFETY -DNOCLAIM -DCOLLAPSE) run=() ;;
  ending) faults=1 compile=(-DNFAIR=3) run=(-a -f) ;;
  *) fail "check.sh does not know $question; it knows safety and ending." ;;
esac
optimise=-O1 memory_mib=4000
if [[ $wanted == holds ]]; then optimise=-O2; fi
if [[ $wanted == holds && -n ${HOLDFAST_TEST_LONG-} ]]; then
  memory_mib=8000
  case $question in
    safety) set -- -DQUESTIONS=2 -DGENERATIONS=2 "$@" ;;
    ending) faults=2 ;;
  esac
fi
spin -a "-DFAULTS=$faults" "$@" "$model" >spin.log || fail "$(<spin.log)"
gcc -w "$optimise" "-DMEMLIM=$memory_mib" -DVECTORSZ=1024 "${compile[@]}" -o pan pan.c
./pan -m1000000 "${run[@]}" >pan.log || true
grep -E 'errors:|states, stored|elapsed' pan.log || true
grep -q '^Warning: Search not completed' pan.log && complete=no || complete=yes
errors=$(sed -n 's/.*errors: \([0-9]*\)$/\1/p' pan.log)

if [[ $wanted == found ]]; then
  grep '^pan:1:' pan.log || fail "The planted fault $* is not found."
elif [[ $errors != 0 ]]; then
  grep '^pan:1:' pan.log >&2 || true
  spin -k ownership.pml.trail -t -p "-DFAULTS=$faults" "$@" "$model" |
    grep -v '\[\(IF\|DO\|\.(goto)\)\]' | tail -n 150 >&2 || true
  fail "A promise is broken; above is the history that breaks it."
elif [[ $complete == no ]] || grep -q 'max search depth too small\|out of memory' pan.log; then
  fail "Not every history was tried: $(grep -E 'max search|memory' pan.log | head -n 2)"
fi
