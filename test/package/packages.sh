#!/usr/bin/env bash
# Usage: packages.sh FOLDER
# Each package in FOLDER, used as its user would: unpacked or installed into a folder of its own, and
# a job run with what came out.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
packages=$(cd "$1" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
  printf 'WRONG: %s\n' "$*" >&2
  exit 1
}

runs_a_job() {  # PROGRAM...
  rm -rf jobs.csv jobs.csv.holdfast
  printf 'job_id,n\nseven,7\n' >jobs.csv
  # shellcheck disable=SC2016  # For the job's shell.
  "$@" run jobs.csv -- sh -c 'echo $(({n} * 6)) >"$HOLDFAST_OUTPUT_DIR/result.txt"' 2>run.log ||
    fail "$* could not run a job: $(<run.log)"
  [[ $(cat jobs.csv.holdfast/store/seven/result.txt) == 42 ]] || fail "$*: wrong result"
}

one() {  # PATTERN
  local found
  # shellcheck disable=SC2206  # A pattern.
  found=("$packages"/$1)
  [[ -e ${found[0]} && ${#found[@]} == 1 ]] || fail "there is not one $1 in $packages"
  printf '%s\n' "${found[0]}"
}

(cd "$packages" && sha256sum --quiet --check SHA256SUMS) || fail 'SHA256SUMS does not fit'
for package in "$packages"/holdfast*; do
  grep -q " $(basename "$package")\$" "$packages/SHA256SUMS" || fail "$package has no checksum"
done

printf 'The tarball\n'
tar -xzf "$(one 'holdfast-*-linux-amd64.tar.gz')"
tarball=$(echo "$folder"/holdfast-*)
runs_a_job "$tarball/bin/holdfast"
for file in LICENSE NOTICE THIRD-PARTY.md sbom.spdx.json include/holdfast/task.h; do
  [[ -s $tarball/$file ]] || fail "the tarball lacks $file"
done
grep -q 'GNU LESSER GENERAL PUBLIC LICENSE' "$tarball/THIRD-PARTY.md" || fail 'no LGPL'
cmp "$tarball/sbom.spdx.json" <("$tarball/bin/holdfast" version --sbom) || fail 'two bills'
for name in libc6-dev libssl-dev librabbitmq-dev libsqlite3-dev libzstd-dev; do
  grep -q "\"name\": \"$name\"" "$tarball/sbom.spdx.json" || fail "the bill lacks $name"
done
if grep -q '"licenseDeclared": "NOASSERTION"' "$tarball/sbom.spdx.json"; then
  fail 'a licence is unknown'
fi
/usr/bin/python3 -m json.tool "$tarball/sbom.spdx.json" /dev/null || fail 'the bill is not JSON'

printf 'The .deb\n'
deb=$(one 'holdfast_*_amd64.deb')
lintian --allow-root --fail-on error,warning "$deb" || fail 'lintian is not content'
dpkg-deb --extract "$deb" deb
runs_a_job deb/usr/bin/holdfast
pages=(deb/usr/share/man/man1/holdfast-*.gz)
((${#pages[@]} > 10)) || fail 'man pages lack'
for page in "${pages[@]}"; do
  said=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -l "$page" 2>&1 >/dev/null)
  [[ -z $said ]] || fail "$page: $said"
done
bash -n deb/usr/share/bash-completion/completions/holdfast || fail 'bash completion'
for unit in deb/usr/share/doc/holdfast/examples/*.service; do
  sed -n 's/^ExecStart=//p' "$unit" | grep -q ^/usr/bin/holdfast || fail "$unit"
done

printf 'The wheel\n'
/usr/bin/python3 -m venv venv
env -i PATH=/usr/bin:/bin HOME="$folder" unshare --net venv/bin/pip install --quiet --no-index \
  --disable-pip-version-check "$(one 'holdfast-*-manylinux2014_x86_64.whl')"
runs_a_job venv/bin/holdfast
venv/bin/python - <<'PYTHON' || fail 'the module does not find its program'
import holdfast
assert holdfast.__version__ in holdfast._call(["version"]), holdfast._call(["version"])
PYTHON

printf 'The image\n'
mkdir layout
tar -C layout -xf "$(one 'holdfast-*-oci-amd64.tar')"
version=$("$tarball/bin/holdfast" version | awk '{ print $2 }')
skopeo inspect --config "oci:layout:$version" >config.json
/usr/bin/python3 - <<'PYTHON' || fail 'the image is configured otherwise'
import json
image = json.load(open("config.json"))
config = image["config"]
assert image["architecture"] == "amd64" and image["os"] == "linux", image
assert config["User"] == "65532:65532" and config["Entrypoint"] == ["/usr/local/bin/holdfast"], config
PYTHON
umoci unpack --image "layout:$version" bundle
in_image() {
  env -i PATH=/usr/local/bin HOME=/home/holdfast \
    /usr/sbin/chroot --userspec=65532:65532 --groups= bundle/rootfs "$@"
}
chmod 755 "$folder" bundle
in_image /usr/local/bin/holdfast version | grep -q "^holdfast $version" || fail 'it does not start'
printf 'job_id\none\n' >bundle/rootfs/home/holdfast/jobs.csv
in_image /usr/local/bin/holdfast run /home/holdfast/jobs.csv -- /usr/local/bin/holdfast version \
  2>image.log || fail "no job runs in the image: $(<image.log)"
[[ $(grep -c 'BEGIN CERTIFICATE' bundle/rootfs/etc/ssl/certs/ca-certificates.crt) -gt 100 ]] ||
  fail 'the authorities are missing'

printf 'The protections\n'
bash "$here/hardening.sh" "$tarball/bin/holdfast"
