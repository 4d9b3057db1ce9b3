#!/usr/bin/env bash
# docs/commands.md is what the program says of its own commands.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
diff "$here/../../docs/commands.md" <("${HOLDFAST_TEST_PROGRAM:?the path of the program, as ./dev test sets it}" man --markdown) || {
  printf 'WRONG: docs/commands.md is not what the program says; holdfast man --markdown > docs/commands.md\n' >&2
  exit 1
}
