#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Prints the program of Prism, a proxy that holds requests and answers against an API's description;
# installs it with npm when it is not there. It is kept: $HOLDFAST_PRISM_ROOT, or below ~/.cache.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

version=5.14.2
root=${HOLDFAST_PRISM_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/holdfast/prism-$version}
program=$root/node_modules/@stoplight/prism-cli/dist/index.js

if [[ ! -e $root/complete ]]; then
  rm -rf "$root"
  mkdir -p "$root"
  npm install --prefix "$root" --no-audit --no-fund --no-save --loglevel error \
    "@stoplight/prism-cli@$version" >&2 ||
    fail "npm could not install @stoplight/prism-cli@$version. Without it the requests to SaladCloud" \
      "cannot be held against its description."
  touch "$root/complete"
fi
printf '%s\n' "$program"
