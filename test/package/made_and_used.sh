#!/usr/bin/env bash
# All packages of the released program, made twice with the same bytes, and used; and with the .deb, how long it takes until the first
# result. On a quiet machine that is less than a minute; beside other tests it may take longer.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(dirname "${HOLDFAST_TEST_PROGRAM:?the path of the program, as ./dev test sets it}")
dist=$(mktemp -d)
trap 'rm -rf "$dist"' EXIT
bash "$here/../../packaging/package.sh" "$build" "$dist/first"
bash "$here/../../packaging/package.sh" "$build" "$dist/second" >/dev/null
diff "$dist/first/SHA256SUMS" "$dist/second/SHA256SUMS" || {
  printf 'WRONG: the same program gives different packages\n' >&2
  exit 1
}
bash "$here/packages.sh" "$dist/first"
bash "$here/first_result.sh" "$dist"/first/holdfast_*.deb 240
