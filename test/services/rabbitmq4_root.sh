#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Prints the folder with a small Debian 13 and its RabbitMQ 4.0; makes it first when it is not
# there, which takes half a minute. It is kept: $HOLDFAST_RABBITMQ4_ROOT, or below ~/.cache.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

suite=trixie
recipe=1  # Count up when the making changes: older folders are made anew.
root=${HOLDFAST_RABBITMQ4_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/holdfast/rabbitmq4-root}

is_current() {
  [[ $(cat "$root/etc/holdfast-recipe" 2>/dev/null) == "$recipe" ]]
}

# The machine's own Debian mirror, in whichever form apt has it written down.
mirror() {
  local own uri
  own=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
  # shellcheck disable=SC2016  # apt-get expands these.
  uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v own="$own" '$2 == own && $3 == "main" { print $1; exit }')
  case $uri in
    http://* | https://* | file:/*) printf '%s\n' "$uri" ;;
    *)
      fail "No Debian mirror with http, https or file in apt's sources (found: '${uri:-none}')." \
        "Add one, or set HOLDFAST_RABBITMQ4_ROOT to a folder with Debian 13 and rabbitmq-server."
      ;;
  esac
}

# What apt does to reach the mirror, debootstrap and the new folder's apt must do as well.
proxy_settings() {
  apt-config dump | grep -E '^Acquire::(http|https)::Proxy ' || true
}

# The folder is thrown away if a machine stops half-way, so there is no need to wait for the disk.
write_settings() {  # ROOT
  printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
  chmod +x "$1/usr/sbin/policy-rc.d"
  printf '127.0.0.1 localhost\n' >"$1/etc/hosts"
  printf 'force-unsafe-io\npath-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\n' \
    >"$1/etc/dpkg/dpkg.cfg.d/holdfast"
  proxy_settings >"$1/etc/apt/apt.conf.d/90holdfast"
}

make_root() {  # NEW
  local http_proxy
  eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
  [[ -z ${http_proxy-} ]] || export http_proxy
  # Its mounts, too, shall not outlive it.
  unshare --mount --propagation private -- debootstrap --variant=minbase "$suite" "$1" "$(mirror)"
  write_settings "$1"
  bash "$scripts/enter_root.sh" "$1" "$1/mnt" env DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 \
    sh -ec 'apt-get install -y --no-install-recommends rabbitmq-server procps; apt-get clean'
  rm -rf "$1"/var/lib/apt/lists/*
  printf '%s\n' "$recipe" >"$1/etc/holdfast-recipe"
}

new=$root.new
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
      "It needs root, the Debian mirror and the right to mount."
  }
  rm -rf "$root"
  mv "$new" "$root"
fi
printf '%s\n' "$root"
