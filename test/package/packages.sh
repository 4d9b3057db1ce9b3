#!/usr/bin/env bash
# Usage: packages.sh FOLDER [ARCHITECTURE]
# Each package in FOLDER, used as its user would: unpacked or installed into a folder of its own, and
# a job run with what came out. Those for another architecture than this machine's run by qemu-user.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
packages=$(cd "$1" && pwd)
native=$(dpkg --print-architecture)
architecture=${2:-$native}
declare -A qemu=([arm64]=qemu-aarch64-static) wheels=([amd64]=x86_64 [arm64]=aarch64)
emulator=()
[[ $architecture == "$native" ]] || emulator=("$(command -v "${qemu[$architecture]}")")
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
  "${emulator[@]}" "$@" run jobs.csv -- sh -c 'echo $(({n} * 6)) >"$HOLDFAST_OUTPUT_DIR/result.txt"' 2>run.log ||
    fail "$* could not run a job: $(<run.log)"
  [[ $(cat jobs.csv.holdfast/store/seven/result.txt) == 42 ]] || fail "$*: wrong result"
}

# The whole process group is killed in the middle of a job that counts to 40, and then again.
survives_kills() {  # PROGRAM
  local run kill before=0
  rm -rf kills.csv kills.csv.holdfast
  printf 'job_id\ncount\n' >kills.csv
  cat >count.sh <<'SH'
read -r n 2>/dev/null <state || n=0
while [ "$n" -lt 40 ]; do sleep 0.1; n=$((n + 1)); echo "$n" >new && mv new state; echo "$n"; done
echo "$n" >"$HOLDFAST_OUTPUT_DIR/result.txt"
SH
  for kill in 1 2; do
    setsid "${emulator[@]}" "$1" run kills.csv --checkpoint-every 500ms -- sh "$PWD/count.sh" \
      >"kill.$kill" 2>&1 &
    run=$!
    for ((i = 0; i < 600; ++i)); do
      n=$(find kills.csv.holdfast -path '*/checkpoint/state' -exec cat {} + 2>/dev/null |
        tail -n 1 || true)
      ((${n:-0} <= before + 12)) || break
      sleep 0.05  # Until the program, which is another process, has come so far.
    done
    before=$n
    kill -KILL -- "-$run"
    wait "$run" 2>/dev/null || true
    ((n < 40)) || fail "killed too late: $(<"kill.$kill")"
  done
  "${emulator[@]}" "$1" run kills.csv -- sh "$PWD/count.sh" >kill.last 2>&1 || fail "$(<kill.last)"
  [[ $(<kills.csv.holdfast/store/count/result.txt) == 40 ]] || fail 'a wrong count'
  "${emulator[@]}" "$1" status --state kills.csv.holdfast count >kill.status
  [[ $(grep -c 'ended .*: machine vanished' kill.status) == 2 ]] || fail "the kills are not told: $(<kill.status)"
  ! grep -qx 1 <("${emulator[@]}" "$1" logs --state kills.csv.holdfast count) || fail 'it began anew'
}

# An input comes by https from a server whose authority is named, and does not if it is not.
speaks_tls() {  # PROGRAM
  local server digest
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost' -keyout key.pem -out cert.pem 2>/dev/null
  mkdir -p site
  head -c 1000000 /dev/urandom >site/data
  digest=$(sha256sum <site/data | cut -d' ' -f1)
  rm -f port
  /usr/bin/python3 -B "$here/../cases/web_server.py" port cert.pem key.pem site 2>/dev/null &
  server=$!
  # shellcheck disable=SC2064  # It is this server.
  trap "kill -KILL $server 2>/dev/null || true; rm -rf '$folder'" EXIT
  for ((i = 0; i < 200; ++i)); do [[ ! -e port ]] || break; sleep 0.05; done
  printf '{"job_id":"data","inputs":{"data":"https://localhost:%s/data#sha256=%s"}}\n' \
    "$(<port)" "$digest" >tls.jsonl
  local run=("${emulator[@]}" "$1" run tls.jsonl --allow-inputs "https://localhost:$(<port)")
  # shellcheck disable=SC2016  # For the job's shell.
  SSL_CERT_FILE=cert.pem "${run[@]}" -- \
    sh -c 'cp "$1" "$HOLDFAST_OUTPUT_DIR/data"' sh {input:data} >tls.log 2>&1 || fail "TLS: $(<tls.log)"
  cmp site/data tls.jsonl.holdfast/store/data/data
  timeout 8 "${run[@]}" --state other.holdfast -- true {input:data} >tls.log 2>&1 &&
    fail 'an unknown authority was believed'
  grep -qi certificate tls.log || fail "an unknown authority: $(<tls.log)"
  kill -KILL "$server"
  wait "$server" 2>/dev/null || true
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
tar -xzf "$(one "holdfast-*-linux-$architecture.tar.gz")"
tarball=$(echo "$folder"/holdfast-*)
runs_a_job "$tarball/bin/holdfast"
survives_kills "$tarball/bin/holdfast"
speaks_tls "$tarball/bin/holdfast"
for file in LICENSE NOTICE THIRD-PARTY.md sbom.spdx.json include/holdfast/task.h; do
  [[ -s $tarball/$file ]] || fail "the tarball lacks $file"
done
grep -q 'GNU LESSER GENERAL PUBLIC LICENSE' "$tarball/THIRD-PARTY.md" || fail 'no LGPL'
cmp "$tarball/sbom.spdx.json" <("${emulator[@]}" "$tarball/bin/holdfast" version --sbom) || fail 'two bills'
for name in libc6-dev libssl-dev librabbitmq-dev libsqlite3-dev libzstd-dev; do
  grep -q "deb/debian/$name@.*?arch=$architecture" "$tarball/sbom.spdx.json" ||
    fail "the bill lacks $name"
done
! grep -Eo '[?]arch=[a-z0-9]+' "$tarball/sbom.spdx.json" | grep -Ev "=($architecture|all)$" ||
  fail 'the bill names another architecture'
if grep -q '"licenseDeclared": "NOASSERTION"' "$tarball/sbom.spdx.json"; then
  fail 'a licence is unknown'
fi
/usr/bin/python3 -m json.tool "$tarball/sbom.spdx.json" /dev/null || fail 'the bill is not JSON'

printf 'The .deb\n'
deb=$(one "holdfast_*_$architecture.deb")
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
wheel=$(one "holdfast-*-manylinux2014_${wheels[$architecture]}.whl")
/usr/bin/python3 -m venv venv
pip() {
  env -i PATH=/usr/bin:/bin HOME="$folder" unshare --net venv/bin/pip "$@" --quiet --no-index \
    --disable-pip-version-check
}
if ((${#emulator[@]})); then
  pip install --platform "manylinux2014_${wheels[$architecture]}" --only-binary :all: --no-deps \
    --target wheel "$wheel"
  printf '#!/bin/sh\nexec %q %q "$@"\n' "${emulator[0]}" "$PWD/wheel/bin/holdfast" >by_qemu
  chmod +x by_qemu
  export HOLDFAST=$PWD/by_qemu PYTHONPATH=$PWD/wheel
  runs_a_job wheel/bin/holdfast
else
  pip install "$wheel"
  runs_a_job venv/bin/holdfast
fi
venv/bin/python - <<'PYTHON' || fail 'the module does not find its program'
import holdfast
assert holdfast.__version__ in holdfast._call(["version"]), holdfast._call(["version"])
PYTHON

printf 'The image\n'
mkdir layout
tar -C layout -xf "$(one "holdfast-*-oci-$architecture.tar")"
version=$("${emulator[@]}" "$tarball/bin/holdfast" version | awk '{ print $2 }')
skopeo inspect --config "oci:layout:$version" >config.json
/usr/bin/python3 - "$architecture" <<'PYTHON' || fail 'the image is configured otherwise'
import json, sys
image = json.load(open("config.json"))
config = image["config"]
assert image["architecture"] == sys.argv[1] and image["os"] == "linux", image
assert config["User"] == "65532:65532" and config["Entrypoint"] == ["/usr/local/bin/holdfast"], config
PYTHON
umoci unpack --image "layout:$version" bundle
in_emulator=()
if ((${#emulator[@]})); then  # Beside the program, where it is no part of the image.
  cp "${emulator[0]}" bundle/rootfs/tmp/emulator
  in_emulator=(/tmp/emulator)
fi
in_image() {
  env -i PATH=/usr/local/bin HOME=/home/holdfast \
    /usr/sbin/chroot --userspec=65532:65532 --groups= bundle/rootfs "${in_emulator[@]}" "$@"
}
chmod 755 "$folder" bundle
in_image /usr/local/bin/holdfast version | grep -q "^holdfast $version" || fail 'it does not start'
printf 'job_id\none\n' >bundle/rootfs/home/holdfast/jobs.csv
in_image /usr/local/bin/holdfast run /home/holdfast/jobs.csv -- \
  "${in_emulator[@]}" /usr/local/bin/holdfast version \
  2>image.log || fail "no job runs in the image: $(<image.log)"
[[ $(grep -c 'BEGIN CERTIFICATE' bundle/rootfs/etc/ssl/certs/ca-certificates.crt) -gt 100 ]] ||
  fail 'the authorities are missing'

printf 'The protections\n'
bash "$here/hardening.sh" "$tarball/bin/holdfast"
