#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Takes the S3 gateway away and gives it back, as in an outage; the objects stay.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$scripts/s3.sh"

services=${1-}
case ${2-} in
  stop-gateway) end_processes s3-gateway ;;
  start-gateway) start_gateway ;;
  *) fail "Usage: s3_control.sh DIR stop-gateway|start-gateway" ;;
esac
