#!/usr/bin/env bash
# Usage: installed_library.sh BUILD_FOLDER
# A program outside the tree, built against what `cmake --install` made: with CMake, with pkg-config,
# and from a folder that was moved since.
set -euo pipefail

examples=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../examples" && pwd)
build=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
  printf 'WRONG: %s\n' "$*" >&2
  exit 1
}

sum_of() {  # PROGRAM
  rm -rf "$folder/run"
  mkdir "$folder/run"
  (cd "$folder/run" && "$1" --steps 4 --step-ms 1 >/dev/null)
  cat "$folder/run/outputs/result.txt"
}

cmake --install "$build" --component development --prefix "$folder/first" >/dev/null
mv "$folder/first" "$folder/prefix"
library=$(dirname "$(find "$folder/prefix" -name pkgconfig)")

cp -r "$examples" "$folder/examples"
if ! { cmake -S "$folder/examples" -B "$folder/out" -G Ninja \
  "-DCMAKE_PREFIX_PATH=$folder/prefix" && cmake --build "$folder/out"; } >"$folder/log" 2>&1; then
  fail "$(cat "$folder/log")"
fi
[[ $(sum_of "$folder/out/slow_sum") == 10 ]] || fail 'the program built with CMake does not work'

flags=$(PKG_CONFIG_PATH=$library/pkgconfig pkg-config --cflags --libs holdfast)
# shellcheck disable=SC2086  # Words.
g++ -std=c++20 "$folder/examples/slow_sum/slow_sum.cc" $flags -o "$folder/by_hand"
[[ $(sum_of "$folder/by_hand") == 10 ]] || fail 'the program built with pkg-config does not work'

# The headers stand by themselves: nothing of the source tree is reachable.
if grep -rn '#include "' "$folder/prefix/include" | grep -v '#include "holdfast/'; then
  fail 'an installed header includes what is not installed'
fi
