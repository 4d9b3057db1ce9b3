#!/usr/bin/env bash
# Makes the site of the pages in docs/: build/site. A link that leads nowhere ends it with an error.
set -euo pipefail
root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../..
pages=$root/build/site-pages
rm -rf "$pages" "$root/build/site"
mkdir -p "$root/build"
cp -r "$root/docs" "$pages"
cp "$root/packaging/site/site.css" "$pages"
# A block's second word is its name in the tests of the pages.
find "$pages" -name '*.md' -exec sed -i -E 's/^(```[a-z]+) .*/\1/' {} +
mkdocs build --strict --quiet --config-file "$root/packaging/site/mkdocs.yml"
