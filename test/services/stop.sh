#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Usage: stop.sh DIR
# Ends every process that start.sh DIR started, and no other. The folder stays.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[[ $# == 1 ]] || fail "Usage: stop.sh DIR"
[[ -d $1 ]] || exit 0
services=$(cd "$1" && pwd -P)
: >"$services/stopping"  # A start that is still under way goes no further.
end_processes
rm -f "$services/env"
