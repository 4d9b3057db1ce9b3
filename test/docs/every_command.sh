#!/usr/bin/env bash
# Each block of commands in README.md and docs/ has a name, ```sh NAME, and its page a test that runs it. Pages not looked at:
# commands.md, which the program writes, and benchmarks.md, whose commands measure for an hour.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

wrong=0
for page in README.md docs/*.md; do
  case $page in docs/commands.md | docs/benchmarks.md) continue ;; esac
  while read -r line; do
    printf 'WRONG: %s:%s is in a block without a name, so no test runs it\n' "$page" "$line" >&2
    wrong=1
  done < <(awk '
    { sub(/^ */, "") }
    /^```/ { inside = !inside; named = / /; next }
    inside && !named && /^(([A-Z_]+=[^ ]* )*(build\/release\/)?holdfast|\.\/dev|rabbitmqctl|docker|cmake) / { print FNR ": " $0 }' "$page")
  grep -q '^ *```sh' "$page" || continue
  grep -rqF "${page#docs/}" test/docs test/fleet test/package --include='*.sh' --include='*_test.cc' || {
    printf 'WRONG: no test runs the commands of %s\n' "$page" >&2
    wrong=1
  }
done
exit "$wrong"
