#!/usr/bin/env bash
# Every message that docs/troubleshooting.md explains stands in the program as it is written there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
missing=0
# shellcheck disable=SC2016  # Backticks of Markdown.
messages=$(sed -n 's/^| \([^|]*\) |.*/\1/p' docs/troubleshooting.md | grep -o '`[^`]*`' | tr -d '`' | sed 's/ \?….*//')
while read -r words; do
  # The sources break long sentences into pieces.
  python3 - "$words" <<'PYTHON' || missing=$((missing + 1))
import pathlib, re, sys
words = sys.argv[1]
for path in pathlib.Path("src").rglob("*.cc"):
    text = re.sub(r'"\s*\n\s*"', "", path.read_text())
    if words in text:
        sys.exit(0)
print(f"nothing in src says: {words}")
sys.exit(1)
PYTHON
done <<<"$messages"
((missing == 0)) || { printf 'WRONG: %d messages of docs/troubleshooting.md are not the program'\''s\n' "$missing" >&2; exit 1; }
printf 'right: the program says what the page explains\n'
