#!/usr/bin/env bash
# A program that prints faster than anybody reads is not held back, and of what it printed the beginning and the end are kept.
# shellcheck source=test/cases/lib.sh
. "$(dirname "$0")/lib.sh"

cat >print.py <<'PY'
import os, sys, time
block = b"".join(b"line %07d of a block that is printed again and again\n" % i for i in range(5000))
begin = time.monotonic()
os.write(1, b"the first line\n")
for _ in range(1000):
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(1, rest):]
os.write(1, b"the last line\n")
with open(sys.argv[1], "w") as took:
    took.write(str(int((time.monotonic() - begin) * 1000)))
PY
python3 print.py plain | cat >all
printf 'job_id\na\n' >list.csv
"$HF" run list.csv --log-max 2MiB -- python3 "$PWD/print.py" "$PWD/ours" 2>run.log || wrong "$(cat run.log)"
# Read line by line it would take fifty times as long.
(($(<ours) < 20 * $(<plain) + 2000)) || wrong "$(stat -c %s all) bytes took $(<ours) ms, and $(<plain) ms through a pipe"
"$HF" logs --state list.csv.holdfast a >kept
[[ $(head -n 1 kept) == 'the first line' && $(tail -n 1 kept) == 'the last line' ]] || wrong 'beginning and end are not kept'
(($(stat -c %s kept) > 1500000 && $(stat -c %s kept) < 2100000)) || wrong "$(stat -c %s kept) bytes are kept"
[[ $(grep -c 'bytes are left out here' kept) == 1 ]] || wrong 'it is not told once what is left out'
left=$(sed -n 's/.*holdfast: \([0-9,]*\) bytes are left out.*/\1/p' kept | tr -d ,)
shown=$(grep -v 'bytes are left out' kept | wc -c)
# The mark ends a line that was cut.
(($(stat -c %s all) - left - shown <= 1 && $(stat -c %s all) - left - shown >= -1)) ||
  wrong "of $(stat -c %s all) bytes $shown are shown, $left left out"
right "$(($(stat -c %s all) / 1000 / ($(<ours) + 1))) MB/s, and $(($(stat -c %s all) / 1000 / ($(<plain) + 1))) MB/s through a pipe"
