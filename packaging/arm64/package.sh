#!/usr/bin/env bash
# Usage: package.sh OUT_FOLDER [PLACE]
# Builds the commit that is checked out for arm64, in the Debian of root.sh, and adds its packages to OUT_FOLDER. PLACE is where it is built
# in there; elsewhere than usual, it is built without the compiler cache.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(cd "$here/../.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
place=${2:-/root/holdfast}
root=$(bash "$here/root.sh")

inside() {  # COMMAND...
  bash "$checkout/test/services/enter_root.sh" "$root" "$out" env -i HOME=/root LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

git -C "$checkout" diff --quiet HEAD || printf 'What is not committed is not in it.\n'
rm -rf "${root:?}$place"
git clone --quiet "$checkout" "$root$place"
trap 'rm -rf "${root:?}$place"' EXIT
settings=(HOLDFAST_PACKAGE_ARCHITECTURE=arm64)
[[ -z ${2-} ]] || settings+=(CCACHE_DISABLE=1)
# shellcheck disable=SC2016  # The inner shell expands it.
inside "${settings[@]}" sh -ec '
  cd "$1"
  cmake --preset arm64
  cmake --build --preset arm64 --target holdfast holdfast_task
  bash packaging/package.sh build/arm64 /mnt' sh "$place"
printf 'Trying them with qemu-user\n'
inside bash "$place/test/package/packages.sh" /mnt arm64
