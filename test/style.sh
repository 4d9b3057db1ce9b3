#!/usr/bin/env bash
# The format of the C++ files, and what shellcheck has to say of the shell scripts. Everything that is
# wrong is told before it fails.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

mapfile -t sources < <(git ls-files -- '*.cc' '*.h')
mapfile -t scripts < <(git grep -lE '^(#!.*[/ ](ba)?sh|# shellcheck shell=)' -- ':!*.cc' ':!*.h' ':!*.md' ':!*.py')
((${#sources[@]} > 100 && ${#scripts[@]} > 10)) || {
  printf 'git does not tell which files there are.\n' >&2
  exit 2
}

wrong=0
unformatted=$(printf '%s\0' "${sources[@]}" |
  xargs -0 -P "$(nproc)" -n 40 clang-format --dry-run --Werror 2>&1 |
  sed -n 's/: error:.*/: not formatted; .\/dev fmt formats it/p')
[[ -z $unformatted ]] || {
  printf '%s\n' "$unformatted"
  wrong=1
}
shellcheck --external-sources --severity=warning -- "${scripts[@]}" || wrong=1
exit "$wrong"
