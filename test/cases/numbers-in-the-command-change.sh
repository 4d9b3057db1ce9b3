#!/usr/bin/env bash
# A value reaches the program as it is written in the list, digit for digit.
# shellcheck source=test/cases/lib.sh
. "$(dirname "$0")/lib.sh"

values=(1.10 0.10 1e-3 1E3 12e5 18446744073709551617 123456789012345678901 0.30000000000000004
  100.0 -0 2.50 9007199254740993)
texts=(007 +5 1_000 NaN .5 0x1F '1,5')
{
  echo job_id,v
  for i in "${!values[@]}"; do echo "n$i,${values[i]}"; done
  for i in "${!texts[@]}"; do echo "t$i,\"${texts[i]}\""; done
} >csv.csv
for i in "${!values[@]}"; do echo "{\"job_id\":\"n$i\", \"v\": ${values[i]} }"; done >jsonl.jsonl
for list in csv.csv jsonl.jsonl; do
  "$HF" run "$list" --slots 4 -- sh -c 'printf %s "$1" >"$HOLDFAST_OUTPUT_DIR/r"' x '{v}' 2>log ||
    wrong "$list: $(tail -1 log)"
  for i in "${!values[@]}"; do
    got=$(cat "$list.holdfast/store/n$i/r")
    [[ $got == "${values[i]}" ]] || wrong "$list: ${values[i]} became $got"
  done
done
for i in "${!texts[@]}"; do
  got=$(cat "csv.csv.holdfast/store/t$i/r")
  [[ $got == "${texts[i]}" ]] || wrong "${texts[i]} became $got"
done
right 'every value arrived as it was written'
