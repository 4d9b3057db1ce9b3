#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Usage: start.sh DIR
# Starts the services that the tests talk to, all on free loopback ports, with everything they write
# below DIR, and writes DIR/env, whose lines export where they are, and DIR/worker.env, with which
# holdfast finds them. Ends with stop.sh DIR.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$scripts/certificates.sh"
. "$scripts/dns.sh"
. "$scripts/rabbitmq.sh"
. "$scripts/s3.sh"

check_machine() {
  ((EUID == 0)) || fail "The test services need root, for port 53 and for a chroot. Run it as root."
  local program
  for program in openssl dnsmasq epmd ceph-mon ceph-osd radosgw curl ss unshare setsid; do
    command -v "$program" >/dev/null ||
      fail "$program is not installed. Install what packaging/packages-test.txt lists."
  done
}

# Starts all and waits for all. One that fails is named, with the end of what it said.
start_together() {
  local root=$1 name failed=()
  declare -A starts
  with_free_ports dns start_dns &
  starts[dns]=$!
  with_free_ports s3 start_s3 &
  starts[s3]=$!
  with_free_ports rabbitmq3 start_broker rabbitmq3 '' &
  starts[rabbitmq3]=$!
  if [[ -n $root ]]; then
    with_free_ports rabbitmq4 start_broker rabbitmq4 "$root" &
    starts[rabbitmq4]=$!
  fi
  for name in "${!starts[@]}"; do
    wait "${starts[$name]}" || failed+=("$name")
  done
  ((${#failed[@]} == 0)) && return
  for name in "${failed[@]}"; do
    printf '\nThe service %s did not start. The end of its log:\n' "$name" >&2
    tail -qn 15 "$services/log/$name"*.log >&2 || true
  done
  end_processes
  fail "Not all test services started: ${failed[*]}. The logs are in $services/log."
}

# For a person who tries things with these services.
write_worker_settings() (
  # shellcheck disable=SC1091  # Just written.
  . "$services/env"
  umask 077
  cat >"$services/worker.env" <<ENV
AMQP_URL=$HOLDFAST_TEST_AMQP_URL
JOB_QUEUE=my-job-queue
HOLDFAST_MANAGEMENT_URL=$HOLDFAST_TEST_MANAGEMENT_URL
R2_AWS_ACCESS_KEY_ID=$HOLDFAST_TEST_S3_ACCESS_KEY
R2_AWS_SECRET_ACCESS_KEY=$HOLDFAST_TEST_S3_SECRET_KEY
R2_S3_ENDPOINT_URL=$HOLDFAST_TEST_S3_ENDPOINT
R2_BUCKET_NAME=$HOLDFAST_TEST_S3_BUCKET
ENV
)

[[ $# == 1 ]] || fail "Usage: start.sh DIR"
check_machine
mkdir -p "$1"
services=$(cd "$1" && pwd -P)
[[ -z $(processes_of) ]] || fail "Services run in $services already. Stop them with stop.sh first."
rm -rf "${services:?}"/{run,log,bin,tls,stopping}  # Of an earlier start.
mkdir -p "$services"/{run,log,bin,tls}
# Without it, its tests fail and say why; HOLDFAST_TEST_WITHOUT is the reason, and is theirs to tell.
root=
[[ -n ${HOLDFAST_TEST_WITHOUT-} ]] || root=$(bash "$scripts/rabbitmq4_root.sh")

make_certificates
with_free_ports port-mapper start_port_mapper
start_together "$root"
cat "$services"/run/*.env >"$services/env"
write_worker_settings
