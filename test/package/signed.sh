#!/usr/bin/env bash
# Checksums are signed with an ssh key or a gpg key, and docs/versions.md tells a right signature from a wrong one.
. "$(dirname "${BASH_SOURCE[0]}")/../docs/page.bash"
page docs/versions.md
sign() { bash "$project/packaging/sign.sh" "$PWD"; }

ssh-keygen -q -t ed25519 -N '' -C '' -f key
printf 'release@holdfast %s\n' "$(<key.pub)" >holdfast.signers
export GNUPGHOME=$PWD/gnupg
mkdir -m 700 "$GNUPGHOME"
at_end gpgconf --kill all
gpg --batch --quiet --passphrase '' --quick-generate-key 'Release <release@holdfast>' ed25519 sign never 2>gpg.out ||
  wrong "no key: $(<gpg.out)"
gpg --batch --armor --export 'Release <release@holdfast>' >holdfast.asc

echo 'a package' >holdfast-1.deb
sha256sum holdfast-1.deb >SHA256SUMS
env -u HOLDFAST_SIGNING_KEY bash "$project/packaging/sign.sh" . >sign.out || wrong 'without a key it fails'
[[ $(<sign.out) == *'not signed'* && ! -e SHA256SUMS.sig && ! -e SHA256SUMS.asc ]] || wrong "no key: $(<sign.out)"
run_block sums

HOLDFAST_SIGNING_KEY=$PWD/key sign >sign.out 2>&1 || wrong "ssh: $(<sign.out)"
run_block ssh
HOLDFAST_SIGNING_KEY=release@holdfast sign >sign.out 2>&1 || wrong "gpg: $(<sign.out)"
[[ ! -e SHA256SUMS.sig ]] || wrong 'the signature of before is still there'
run_block gpg
HOLDFAST_SIGNING_KEY=$PWD/key sign >sign.out 2>&1
mv SHA256SUMS.sig right.sig
HOLDFAST_SIGNING_KEY=release@holdfast sign >sign.out 2>&1
mv right.sig SHA256SUMS.sig

# Somebody puts another file in its place, and another sum; or signs with a key of his own.
echo 'another package' >holdfast-1.deb
bash -e <(block sums) >/dev/null 2>&1 && wrong 'a file that was changed is taken'
sha256sum holdfast-1.deb >SHA256SUMS
bash -e <(block ssh) <SHA256SUMS >/dev/null 2>&1 && wrong 'a forged list is taken (ssh)'
bash -e <(block gpg) >/dev/null 2>&1 && wrong 'a forged list is taken (gpg)'
ssh-keygen -q -t ed25519 -N '' -C '' -f other
HOLDFAST_SIGNING_KEY=$PWD/other sign >sign.out 2>&1
bash -e <(block ssh) >/dev/null 2>&1 && wrong 'a stranger'\''s signature is taken'

HOLDFAST_SIGNING_KEY=nobody@nowhere sign >sign.out 2>&1 && wrong 'a key that is not there, and no error'
grep -q 'HOLDFAST_SIGNING_KEY' sign.out || wrong "a key that is not there: $(<sign.out)"
whole_page_used
right 'only what the key signed is believed'
