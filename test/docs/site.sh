#!/usr/bin/env bash
# The site is made, has every page in its menu, and loads nothing from elsewhere.
set -euo pipefail
root=$(dirname "$(readlink -f "$0")")/../..
bash "$root/packaging/site/make.sh"
for page in "$root"/docs/*.md; do
  name=$(basename "$page" .md)
  grep -q "[: ]$name.md\$" "$root/packaging/site/mkdocs.yml" || {
    printf 'WRONG: %s is not in the menu of packaging/site/mkdocs.yml\n' "docs/$name.md" >&2
    exit 1
  }
done
if grep -rhoE '<(script|img|link)[^>]+(src|href)="(https?:)?//[^"]+' "$root/build/site" --include='*.html' | sort -u | grep .; then
  printf 'WRONG: the site loads the above from elsewhere\n' >&2
  exit 1
fi
