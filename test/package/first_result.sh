#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR/../services
# Usage: first_result.sh DEB [SECONDS]
# From nothing to the first result: in a bare Debian 12 that nobody has used, installs DEB and Python with apt, and follows
# docs/quickstart.md, its kill included. Prints how long each step took; fails if all of it took more than SECONDS.
set -euo pipefail

deb=$(realpath "$1")
most=${2:-60}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
page=$here/../../docs/quickstart.md
. "$here/../services/common.sh"
. "$scripts/debian.sh"
why=$(why_no_debian_folder)
[[ -z $why ]] || fail "There can be no bare Debian here: $why."

folder=$(mktemp -d "${TMPDIR:-/var/tmp}/holdfast-first.XXXXXX")
trap 'rm -rf --one-file-system "$folder"' EXIT
make_bare_debian
copy_bare_debian "$folder/root"
cp "$deb" "$folder/root/root/"

inside() {  # SHELL WORDS...
  bash "$here/../services/enter_root.sh" "$folder/root" "$folder" env -i HOME=/root LANG=C.UTF-8 TERM=dumb \
    DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    bash -euo pipefail -c "cd /root; $1" bash "${@:2}" </dev/null
}

begin=$EPOCHREALTIME
last=$begin
seconds() { awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }'; }
step() {  # WHAT SHELL WORDS...
  inside "${@:2}" >"$folder/out" 2>&1 || fail "$1: $(<"$folder/out")"
  printf '%6s s  %s\n' "$(seconds "$last")" "$1"
  last=$EPOCHREALTIME
}
block() { awk -v head="\`\`\`sh $1" '$0 == head { on = 1; next } $0 == "```" { on = 0 } on' "$page"; }

step 'apt-get update' 'apt-get -q update'
# shellcheck disable=SC2016  # The inner shell expands it.
step 'apt-get install: holdfast and Python' 'apt-get -qy install --no-install-recommends "$1" python3' \
  "./$(basename "$deb")"
step 'a program and a list' "$(block program; block list)"
step 'a run, killed in the middle' "$(block kill)"
step 'the run again' "$(block again)"
step 'the results' "$(block results)"
[[ $(<"$folder/out") == $'1830\n820\n210' ]] || fail "The results are wrong: $(<"$folder/out")"
printf '%6s s  from nothing to the first result\n' "$(seconds "$begin")"
awk -v took="$(seconds "$begin")" -v most="$most" 'BEGIN { exit !(took <= most) }' ||
  fail "That is more than $most s."
