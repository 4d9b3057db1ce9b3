#!/usr/bin/env bash
# Usage: hardening.sh PROGRAM
# Reads the released program: static, position-independent, and protected as the compiler can.
set -euo pipefail

program=$1
wrong=0
expect() {  # WHAT PATTERN COMMAND...
  local what=$1 pattern=$2
  shift 2
  "$@" 2>/dev/null | grep -E "$pattern" >/dev/null || {  # Not -q: it would end the other early.
    printf 'WRONG: %s is not %s\n' "$program" "$what" >&2
    wrong=1
  }
}

expect 'position-independent' 'Type: +DYN' readelf --file-header "$program"
expect 'protected against writes to its relocations (RELRO)' GNU_RELRO readelf --segments "$program"
expect 'bound at once (BIND_NOW)' 'FLAGS.*(BIND_)?NOW' readelf --dynamic "$program"
expect 'without an executable stack' 'GNU_STACK +0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ +RW +' \
  readelf --wide --segments "$program"
if readelf --segments --dynamic "$program" 2>/dev/null | grep -E 'INTERP|\(NEEDED\)' >/dev/null; then
  printf 'WRONG: %s needs something of the machine\n' "$program" >&2
  wrong=1
fi
# libstdc++'s assertions, which only a program that was compiled with them mentions.
expect 'compiled with the assertions of libstdc++' '__n < this->size\(\)' strings "$program"
exit "$wrong"
