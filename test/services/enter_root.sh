#!/usr/bin/env bash
# Usage: enter_root.sh ROOT DIR COMMAND...
# Runs COMMAND inside ROOT, where DIR is /mnt. The mounts live in a name space of their own and are
# gone with the command, however it ends.
set -euo pipefail

root=$1 dir=$2
shift 2
# shellcheck disable=SC2016  # The inner shell expands these.
exec unshare --mount --propagation private -- sh -ec '
  mount -t proc proc "$1/proc"
  mount --bind /dev "$1/dev"
  mount --bind "$2" "$1/mnt"
  root=$1
  shift 2
  exec chroot "$root" "$@"' sh "$root" "$dir" "$@"
