#!/usr/bin/env bash
# What the compiler and the linker give against a fault that somebody exploits is in the program: position independent, no memory
# both writable and executable, relocations read-only, all of them resolved at the start; in a static one, no loader and nothing to load.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readelf --wide --file-header --program-headers --dynamic --notes "$HF" >elf 2>/dev/null || wrong 'readelf cannot read the program'
grep -qE 'Type: +DYN' elf || wrong "it is not position independent: $(grep Type: elf)"
grep -q GNU_RELRO elf || wrong 'its relocations stay writable'
grep -qE 'GNU_STACK .* RW +0x' elf || wrong "its stack may be executed: $(grep GNU_STACK elf)"
! grep -qE 'LOAD .* RWE ' elf || wrong 'memory is writable and executable'
if ! grep -q INTERP elf; then
  ! grep -q '(NEEDED)' elf || wrong "it is static, yet needs $(grep NEEDED elf)"
  grep -qE 'BIND_NOW|FLAGS_1.*NOW' elf || wrong 'relocations stay writable until they are used'
  # Only what is checked says so: the texts are in the program where the checks are.
  for text in 'stack smashing detected' 'buffer overflow detected' 'Assertion'; do
    grep -qF "$text" "$HF" || wrong "the checks that say '$text' are not in it"
  done
  # The mark of the whole program (IBT) needs every library's: not all of Debian's have it. Ours begin each
  # function that may be called indirectly with endbr64; without that there are 5,700, all of them the libraries'.
  [[ $(uname -m) != x86_64 ]] || (($(objdump -d "$HF" | grep -c endbr64) > 12000)) ||
    wrong 'targets of indirect branches are not marked (CET)'
fi
right 'it is'
