#!/usr/bin/env bash
# Usage: package.sh BUILD_FOLDER OUT_FOLDER
# Makes the packages of the program in BUILD_FOLDER: tarball, .deb, wheel and OCI image, and SHA256SUMS.
# The same commit gives the same bytes, whatever the folders and the day.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
build=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
program=$build/holdfast
architecture=${HOLDFAST_PACKAGE_ARCHITECTURE:-$(dpkg --print-architecture)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
export LC_ALL=C TZ=UTC

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

[[ -x $program ]] || fail "$program is not there; ./dev build makes it."
# One for another architecture runs by qemu-user.
run=()
[[ $architecture == "$(dpkg --print-architecture)" ]] || run=(qemu-aarch64-static)
version=$("${run[@]}" "$program" version | awk '{ print $2 }')
"${run[@]}" "$program" version --sbom >"$work/sbom" ||
  fail "$program is not a released (static) program; packages are made of build/release."
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

# --- What several of them hold ---

third_party() {
  local name
  cat "$here/third_party.md"
  sed -n 's/.*"SPDXID": "SPDXRef-\([^"]*\)", "name": .*/\1/p' "$work/sbom" | while read -r name; do
    [[ $name != holdfast ]] || continue
    printf '### %s\n\n' "$name"
    if [[ $name == libboost* ]]; then
      # The file lists every file of Boost; all that is used here is under this one.
      awk '/^License: BSL-1.0/ { on = 1; print; next } /^[A-Z]/ { if (on) exit } on' \
        "/usr/share/doc/$name/copyright"
    else
      cat "/usr/share/doc/$name/copyright"
    fi
    printf '\n'
  done
  for name in LGPL-2.1 GPL-3; do
    printf '### %s\n\n' "$name"
    cat "/usr/share/common-licenses/$name"
  done
}

# Man pages and completions, as the program prints them.
write_generated() {  # FOLDER, as /usr
  local words page
  mkdir -p "$1"/share/{man/man1,bash-completion/completions,zsh/vendor-completions} \
    "$1/share/fish/vendor_completions.d"
  "${run[@]}" "$program" man >"$1/share/man/man1/holdfast.1"
  while read -r words; do
    page=$1/share/man/man1/holdfast-${words// /-}.1
    # shellcheck disable=SC2086  # The words of a command.
    "${run[@]}" "$program" man $words >"$page"
  done < <("${run[@]}" "$program" man --markdown | sed -n 's/^## holdfast //p')
  "${run[@]}" "$program" completion bash >"$1/share/bash-completion/completions/holdfast"
  "${run[@]}" "$program" completion zsh >"$1/share/zsh/vendor-completions/_holdfast"
  "${run[@]}" "$program" completion fish >"$1/share/fish/vendor_completions.d/holdfast.fish"
}

tar_of() {  # FOLDER NAME...
  local folder=$1
  shift
  tar --create --directory "$folder" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 \
    --numeric-owner --format=gnu --mode=go-w "$@"
}

third_party >"$work/THIRD-PARTY.md"
write_generated "$work/usr"

# --- Tarballs ---

make_tarball() {
  local name=holdfast-$version-linux-$architecture
  local folder=$work/$name
  mkdir -p "$folder/bin" "$folder/python"
  install -m 755 "$program" "$folder/bin/holdfast"
  cp -r "$work/usr/share" "$folder/share"
  cp "$top"/{LICENSE,NOTICE,README.md,CHANGELOG.md,SECURITY.md} "$work/THIRD-PARTY.md" "$folder/"
  cp "$work/sbom" "$folder/sbom.spdx.json"
  cp "$top/python/holdfast.py" "$folder/python/"
  cp -r "$top/docs" "$top/examples" "$folder/"
  cp -r "$here/systemd" "$folder/examples/"
  cmake --install "$build" --component development --prefix "$folder" >/dev/null
  tar_of "$work" "$name" | gzip -9n >"$out/$name.tar.gz"
  # One source for all architectures.
  [[ $architecture == "$(dpkg --print-architecture)" ]] || return 0
  git -C "$top" archive --format=tar --prefix="holdfast-$version/" HEAD | gzip -9n \
    >"$out/holdfast-$version-source.tar.gz"
}

# --- Debian ---

deb_copyright() {
  cat <<TEXT
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: holdfast

Files: *
Copyright: 2026 The Holdfast authors
License: Apache-2.0

License: Apache-2.0
 On Debian systems, the text of the licence is in /usr/share/common-licenses/Apache-2.0.

Comment: What is linked into the program has licences of its own; their texts are in THIRD-PARTY.md.gz
 beside this file.
TEXT
}

# No machine needs anything installed for it, and it brings no service of its own.
deb_control() {  # NAME SIZE
  cat <<TEXT
Package: $1
Version: $version
Architecture: $architecture
Maintainer: ${HOLDFAST_MAINTAINER:-The Holdfast authors <holdfast@packages.debian.org>}
Installed-Size: $2
Section: net
Priority: optional
Recommends: ca-certificates
Suggests: python3
Description: run long jobs on machines that may vanish, and lose none of them
 Holdfast runs jobs of hours or days on machines that may disappear at any
 moment: spot instances, SaladCloud, idle computers. It takes checkpoints of
 any program, resumes it elsewhere from the newest one, and commits each
 result exactly once.
 .
 It works on one machine alone, or on a fleet with RabbitMQ and an S3 bucket.
 It also brings a Python module and the header and library for C++ programs.
TEXT
}

make_deb() {
  local root=$work/deb doc=$work/deb/usr/share/doc/holdfast size
  mkdir -p "$root/DEBIAN" "$doc/examples" "$root"/usr/{bin,lib/python3/dist-packages} \
    "$root/usr/share/lintian/overrides"
  install -m 755 "$program" "$root/usr/bin/holdfast"
  cp -r "$work/usr/share/." "$root/usr/share/"
  install -m 644 "$top/python/holdfast.py" "$root/usr/lib/python3/dist-packages/"
  cmake --install "$build" --component development --prefix "$root/usr" >/dev/null
  deb_copyright >"$doc/copyright"
  cp "$top/README.md" "$top/NOTICE" "$doc/"
  cp "$work/sbom" "$doc/sbom.spdx.json"
  cp "$work/THIRD-PARTY.md" "$doc/"
  cp -r "$here"/systemd/* "$top/examples/jobs.csv" "$top/examples/slow_sum.sh" "$doc/examples/"
  printf 'holdfast (%s) stable; urgency=medium\n\n  * See the notes of the release.\n\n -- %s  %s\n' \
    "$version" 'The Holdfast authors <holdfast@packages.debian.org>' \
    "$(date --rfc-email --date="@$SOURCE_DATE_EPOCH")" >"$doc/changelog"
  {
    printf '# One file that needs nothing of the machine is what it is for.\n'
    printf 'holdfast: statically-linked-binary [usr/bin/holdfast]\n'
    printf 'holdfast: embedded-library *\n'
    printf 'holdfast: pkg-config-unavailable-for-cross-compilation *\n'
    printf 'holdfast: shared-library-lacks-prerequisites [usr/bin/holdfast]\n'
    printf '# It is no part of Debian, so no bug in Debian asked for it.\n'
    printf 'holdfast: initial-upload-closes-no-bugs *\n'
  } >"$root/usr/share/lintian/overrides/holdfast"
  find "$root" -type f \( -path '*/man1/*' -o -name changelog -o -name THIRD-PARTY.md -o \
    -name sbom.spdx.json \) -exec gzip -9n {} +
  size=$(du --apparent-size -sk "$root/usr" | cut -f1)
  deb_control holdfast "$size" >"$root/DEBIAN/control"
  (cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
  dpkg-deb --root-owner-group -Zxz --build "$root" "$out/holdfast_${version}_$architecture.deb" >/dev/null
}

# --- OCI ---

# From nothing: the program, Mozilla's authorities as Debian has them, and a user who is not root.
make_image() {
  local root=$work/image layout=$work/oci created reference=$work/oci:$version
  created=$(date --iso-8601=seconds --date="@$SOURCE_DATE_EPOCH")
  mkdir -p "$root"/{etc/ssl/certs,usr/local/bin,var/tmp,home/holdfast}
  install -m 755 "$program" "$root/usr/local/bin/holdfast"
  cat /usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
  printf 'root:x:0:0::/:/\nholdfast:x:65532:65532::/home/holdfast:/\n' >"$root/etc/passwd"
  printf 'root:x:0:\nholdfast:x:65532:\n' >"$root/etc/group"
  mkdir -p "$root/usr/share/doc/holdfast"
  cp "$top/LICENSE" "$top/NOTICE" "$work/THIRD-PARTY.md" "$root/usr/share/doc/holdfast/"
  mkdir -m 1777 "$root/tmp"
  chmod 1777 "$root/var/tmp"
  chown 65532:65532 "$root/home/holdfast"
  find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
  umoci init --layout "$layout"
  umoci new --image "$reference"
  umoci insert --image "$reference" --history.created "$created" "$root" / >/dev/null
  umoci config --image "$reference" --created "$created" --history.created "$created" \
    --os linux --architecture "$architecture" --config.user 65532:65532 \
    --config.workingdir /home/holdfast --config.entrypoint /usr/local/bin/holdfast \
    --config.env PATH=/usr/local/bin --config.env HOME=/home/holdfast \
    --config.label "org.opencontainers.image.version=$version" \
    --config.label org.opencontainers.image.licenses=Apache-2.0
  umoci gc --layout "$layout"
  tar_of "$layout" . >"$out/holdfast-$version-oci-$architecture.tar"
}

make_tarball
make_deb
/usr/bin/python3 -B "$here/wheel.py" --version "$version" --architecture "$architecture" \
  --program "$program" --module "$top/python/holdfast.py" --page "$top/docs/python.md" \
  --out "$out" "$top/LICENSE" "$top/NOTICE" "$work/THIRD-PARTY.md" "$work/sbom"
make_image
(cd "$out" && sha256sum holdfast*"$version"* >SHA256SUMS && cat SHA256SUMS)
