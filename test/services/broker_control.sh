#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Kills a broker as a power cut would, and starts it again with what it had written.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$scripts/rabbitmq.sh"

services=${1-}
node=${2-}
case ${3-} in
  kill) end_processes "$node" ;;
  start) launch_broker "$node" ;;
  *) fail "Usage: broker_control.sh DIR NODE kill|start" ;;
esac
