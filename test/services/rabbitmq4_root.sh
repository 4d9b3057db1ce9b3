#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Prints the folder with a small Debian 13 and its RabbitMQ 4.0; makes it first when it is not
# there, which takes half a minute. It is kept: $HOLDFAST_RABBITMQ4_ROOT, or below ~/.cache.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$scripts/debian.sh"

suite=trixie
recipe=1  # Count up when the making changes: older folders are made anew.
root=${HOLDFAST_RABBITMQ4_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/holdfast/rabbitmq4-root}

is_current() {
  [[ $(cat "$root/etc/holdfast-recipe" 2>/dev/null) == "$recipe" ]]
}

# The folder is thrown away if a machine stops half-way, so there is no need to wait for the disk.
write_settings() {  # ROOT
  printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
  chmod +x "$1/usr/sbin/policy-rc.d"
  printf '127.0.0.1 localhost\n' >"$1/etc/hosts"
  printf 'force-unsafe-io\npath-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\n' \
    >"$1/etc/dpkg/dpkg.cfg.d/holdfast"
}

make_root() {  # NEW
  bootstrap "$suite" "$1"
  write_settings "$1"
  bash "$scripts/enter_root.sh" "$1" "$1/mnt" env DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 \
    sh -ec 'apt-get install -y --no-install-recommends rabbitmq-server procps; apt-get clean'
  rm -rf "$1"/var/lib/apt/lists/*
  printf '%s\n' "$recipe" >"$1/etc/holdfast-recipe"
}

new=$root.new
why=$(why_no_debian_folder)
[[ -z $why ]] || fail "RabbitMQ 4.0 cannot run here: $why."
mkdir -p "$(dirname "$root")"
exec 9>"$root.lock"
flock 9  # Of two who come at once, the second finds it made.
if ! is_current; then
  printf 'Making a Debian 13 folder for RabbitMQ 4.0 in %s\n' "$root" >&2
  rm -rf "$new"
  make_root "$new" >"$root.log" 2>&1 9>&- &  # Not `make_root ||`: it would switch `set -e` off.
  wait "$!" || {
    tail -n 20 "$root.log" >&2
    fail "The Debian 13 folder for RabbitMQ 4.0 could not be made; see $root.log." \
      "It needs the Debian mirror that apt uses."
  }
  rm -rf "$root"
  mv "$new" "$root"
fi
printf '%s\n' "$root"
