#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR/../../test/services
# Prints the folder with a Debian 12 that builds, packages and tries the release for arm64; makes it first when it is not there, which
# takes some minutes. It is kept, and upgraded each time, since its libraries are linked into the program:
# $HOLDFAST_ARM64_ROOT, or below ~/.cache. arm64's libraries are installed in there only, beside the tools of this machine.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../test/services/common.sh"
. "$scripts/debian.sh"
root=${HOLDFAST_ARM64_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/holdfast/arm64-root}

# What a build for this machine takes: tools as they are, libraries and the compiler for arm64.
packages() {
  sed 's/#.*//' "$here"/../packages-{build,package}.txt | xargs -n 1 |
    sed -E 's/^(lib.*-dev|zlib1g-dev)$/&:arm64/; s/^g\+\+$/g++-aarch64-linux-gnu/'
  printf '%s\n' libc6-dev:arm64 libstdc++-12-dev:arm64 qemu-user-static
}

inside() {  # ROOT COMMAND...
  bash "$scripts/enter_root.sh" "$1" "$1/mnt" env DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 "${@:2}"
}

make_root() {  # NEW
  local wanted
  mapfile -t wanted < <(packages)
  copy_bare_debian "$1"
  printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
  chmod +x "$1/usr/sbin/policy-rc.d"
  printf 'force-unsafe-io\n' >"$1/etc/dpkg/dpkg.cfg.d/holdfast"
  # shellcheck disable=SC2016  # The inner shell expands it.
  inside "$1" sh -ec 'dpkg --add-architecture arm64; apt-get update
    apt-get install -y --no-install-recommends "$@"; apt-get clean' sh "${wanted[@]}"
  packages >"$1/etc/holdfast-packages"
}

upgrade_root() {
  inside "$root" sh -ec 'apt-get -q update; apt-get -qy upgrade; apt-get clean'
}

why=$(why_no_debian_folder)
[[ -z $why ]] || fail "Nothing can be built for arm64 here: $why."
make_bare_debian
exec 9>"$root.lock"
flock 9  # Of two who come at once, the second finds it made.
todo=upgrade_root
if ! diff -q "$root/etc/holdfast-packages" <(packages) >/dev/null 2>&1; then
  printf 'Making a Debian 12 for arm64 in %s (once, some minutes)\n' "$root" >&2
  rm -rf "$root" "$root.new"
  todo="make_root $root.new"
fi
$todo >"$root.log" 2>&1 9>&- &  # Not `||`: it would switch `set -e` off.
wait "$!" || {
  tail -n 20 "$root.log" >&2
  fail "The Debian 12 for arm64 could not be made or upgraded; see $root.log." \
    "It needs the Debian mirror that apt uses."
}
[[ ! -e $root.new ]] || mv "$root.new" "$root"
printf '%s\n' "$root"
