#!/usr/bin/env bash
# --label gives all jobs of a list or a sweep a further field, which commands, lists and tables know like any other one.
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

printf 'job_id,x\na,1\nb,2\n' >jobs.csv
job=(sh -c 'echo "$1 $2" >"$HOLDFAST_OUTPUT_DIR/r"' sh '{x}' '{experiment}')
"$HF" run jobs.csv --label experiment='a "b", c' --label by=me -- "${job[@]}" >run.log 2>&1 || wrong "run: $(cat run.log)"
[[ $(cat jobs.csv.holdfast/store/b/r) == '2 a "b", c' ]] || wrong "the command has another label: $(cat jobs.csv.holdfast/store/b/r)"
here=(--state jobs.csv.holdfast)
[[ $("$HF" list "${here[@]}" --where by=me --columns job,experiment,by | grep -c 'a "b", c  *me') == 2 ]] || wrong "list: $("$HF" list "${here[@]}" --columns job,experiment,by)"
"$HF" list "${here[@]}" --where by=you --json >none 2>/dev/null || wrong 'a list of a label that no job has fails'
[[ ! -s none ]] || wrong "list does not filter by a label: $(cat none)"
"$HF" fetch "${here[@]}" --group jobs --table table.csv >fetch.log 2>&1 || wrong "fetch: $(cat fetch.log)"
python3 -c 'import csv, sys; sys.exit([row["by"] for row in csv.DictReader(open("table.csv"))] != ["me", "me"])' || wrong "the table lacks it: $(cat table.csv)"

[[ $("$HF" submit --queue q --sweep n=1,2 --label experiment=s --dry-run | grep -c '"experiment":"s"') == 2 ]] || wrong 'a sweep has no label'
"$HF" run jobs.csv --label x=3 -- "${job[@]}" >two.log 2>&1 && wrong 'a label takes the place of a column'
grep -q 'line 2.*already has a field "x"' two.log || wrong "a label that is a column is told so: $(cat two.log)"
"$HF" run jobs.csv --label n=3 --dry-run -- true | grep -q '"n":3}' || wrong 'a number is none'
for bad in novalue =v 'a b=c' by=me $'raw=\xff'; do
  "$HF" run jobs.csv --label by=you --label "$bad" --dry-run -- true >bad.log 2>&1
  [[ $? == 2 ]] || wrong "--label $bad: $(cat bad.log)"
done
"$HF" run jobs.csv --label "big=$(head -c 100000 /dev/zero | tr '\0' x)" --label "bigger=$(head -c 120000 /dev/zero | tr '\0' x)" \
  --label "biggest=$(head -c 100000 /dev/zero | tr '\0' x)" --dry-run -- true >big.log 2>&1 && wrong 'a job may have any size'
grep -q 'line 2.*with its labels' big.log || wrong "a job that labels make too large is told so: $(cut -c1-300 big.log)"
for key in job_id x; do
  "$HF" run jobs.csv --label "$key=z" --dry-run -- true >bad.log 2>&1 && wrong "--label $key replaces a field"
done
"$HF" run jobs.csv --label experiment=other --label by=me -- "${job[@]}" >again.log 2>&1
grep -qi 'chang' again.log || wrong "another label for the same jobs is not told: $(cat again.log)"
right 'fields of all jobs'
