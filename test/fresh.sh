#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR source-path=SCRIPTDIR/services
# Usage: fresh.sh [--keep] [COMMAND...]
# Runs ./dev COMMAND in a bare Debian 12 that holds nothing but this checkout's HEAD, as on a machine
# where nothing was ever installed. It is gone at the end, however the end comes; --keep keeps it.
#
# It has its own mounts and processes. The network and the compiler cache are the machine's, and so
# are apt's sources and the certificate authorities, which are read anew each time, and the bare
# Debian that each run copies (services/debian.sh).
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/services/common.sh"
. "$scripts/debian.sh"

checkout=$(cd "$scripts/../.." && pwd)
gigabytes=8  # What `./dev test` leaves in it at most.

# --- What it holds ---

write_checkout() {  # ROOT
  git -C "$checkout" diff --quiet HEAD 2>/dev/null ||
    printf 'What is not committed is not in it.\n'
  git clone --quiet "$checkout" "$1/root/holdfast" ||
    fail "git could not clone $checkout into $1/root/holdfast."
}

cache_folder() {
  if command -v ccache >/dev/null; then
    ccache --get-config cache_dir
  else
    printf '%s\n' "${CCACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ccache}"
  fi
}

# --- Inside ---

# Its own mounts end with it, so that nothing of the machine is reachable when it is removed.
# shellcheck disable=SC2016  # The inner shell expands these.
inner='
  root=$1 cache=$2 bare=$3 suite=$4
  shift 4
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mount --bind "$cache" "$root/root/.cache/ccache"
  mount --bind "$bare" "$root/root/.cache/holdfast/fresh-$suite"
  cd "$root"
  exec chroot . /usr/bin/env -i "$@"'

enter() {  # ROOT COMMAND...
  local root=$1 cache name settings=()
  shift
  cache=$(cache_folder)
  mkdir -p "$cache" "$root/root/.cache/ccache" "$root/root/.cache/holdfast/fresh-$bare_suite"
  settings=(HOME=/root "TERM=${TERM:-dumb}" LANG=C.UTF-8
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
  for name in http_proxy https_proxy no_proxy; do
    [[ -z ${!name-} ]] || settings+=("$name=${!name}")
  done
  # If this shell is killed, so is unshare, and with its first process all that runs in there.
  setpriv --pdeathsig KILL -- unshare --mount --pid --fork --kill-child --propagation private -- \
    sh -ec "$inner" sh "$root" "$cache" "$bare_debian" "$bare_suite" "${settings[@]}" \
    sh -c 'cd /root/holdfast && exec "$@"' sh "$@" <&0 9>&- &
  inside=$!
  wait "$inside"
}

# --- The end ---

# A process that waits for the end of this one, whatever ends it, and then removes the folder. What
# ran in there may take a moment to be gone.
leave_remover() {  # FOLDER
  # shellcheck disable=SC2016  # The inner shell expands these.
  setsid bash -c '
    exec 9>&-
    flock "$1/lock" true
    for try in {1..50}; do
      rm -rf --one-file-system "$1" 2>/dev/null && break
      sleep 0.2
    done' bash "$1" </dev/null >/dev/null 2>&1 &
  remover=$!
}

end() {
  local code=$?
  trap '' INT TERM
  [[ -z ${inside-} ]] || kill -KILL "$inside" 2>/dev/null || true  # Ended by itself, or now.
  exec 9>&-
  [[ -z ${remover-} ]] || wait "$remover" || true
  exit "$code"
}

check_machine() {  # FOLDER
  local why free
  why=$(why_no_debian_folder)
  [[ -z $why ]] || fail "./dev fresh cannot work here: $why."
  free=$(df --output=avail --block-size=1G "$1" | tail -n 1)
  ((free >= gigabytes)) ||
    printf '%s has %d GB free; ./dev test needs up to %d there. TMPDIR names another folder.\n' \
      "$1" "$free" "$gigabytes" >&2
}

keep=
if [[ ${1-} == --keep ]]; then
  keep=yes
  shift
fi
parent=${TMPDIR:-/var/tmp}
check_machine "$parent"
trap 'exit 130' INT
trap 'exit 143' TERM HUP
trap end EXIT
make_bare_debian
folder=$(mktemp -d "$parent/holdfast-fresh.XXXXXX")
# The checkout may belong to another user than root, which git minds.
printf '[safe]\n\tdirectory = *\n' >"$folder/gitconfig"
export GIT_CONFIG_GLOBAL=$folder/gitconfig
exec 9>"$folder/lock"
flock 9
[[ -n $keep ]] || leave_remover "$folder"
copy_bare_debian "$folder/root"
write_checkout "$folder/root"
[[ -z $keep ]] || printf 'It stays in %s\n' "$folder/root"
printf 'A bare Debian 12 with commit %s; ./dev %s\n' "$(git -C "$checkout" rev-parse --short HEAD)" "$*"
enter "$folder/root" ./dev "$@"
