#!/usr/bin/env bash
# Usage: sign.sh FOLDER
# Signs FOLDER/SHA256SUMS with $HOLDFAST_SIGNING_KEY: the file of an ssh key makes SHA256SUMS.sig, the id of a gpg key SHA256SUMS.asc. Without
# the variable there is no signature, and none of an earlier time.
set -euo pipefail

cd "$1"
key=${HOLDFAST_SIGNING_KEY-}
rm -f SHA256SUMS.sig SHA256SUMS.asc

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

if [[ -z $key ]]; then
  printf 'SHA256SUMS is not signed: HOLDFAST_SIGNING_KEY names no key.\n'
elif [[ -f $key ]]; then
  # The word after -n keeps a signature from being taken for one of something else.
  ssh-keygen -q -Y sign -f "$key" -n holdfast-release SHA256SUMS ||
    fail "ssh-keygen could not sign SHA256SUMS with the key $key (HOLDFAST_SIGNING_KEY)."
  printf 'Signed: SHA256SUMS.sig\n'
else
  gpg --batch --yes --armor --local-user "$key" --output SHA256SUMS.asc --detach-sign SHA256SUMS ||
    fail "gpg could not sign SHA256SUMS with the key $key (HOLDFAST_SIGNING_KEY)," \
      "and there is no file of that name with an ssh key."
  printf 'Signed: SHA256SUMS.asc\n'
fi
