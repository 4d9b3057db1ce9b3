#!/usr/bin/env bash
# docs/groups-and-sweeps.md: a night's list and its late companions as one group on a fleet, and sweeps on one machine.
. "$(dirname "${BASH_SOURCE[0]}")/page.bash"
page docs/groups-and-sweeps.md
fleet

printf 'job_id\na\nb\n' >night-17.csv
printf 'job_id\nc\nbad\n' >more.csv
# shellcheck disable=SC2016  # For the job's shell.
printf 'echo "$1" >>%q\n[ "$1" != bad ] || [ -e %q ] || exit 65\necho "$1" >"$HOLDFAST_OUTPUT_DIR/answer.txt"\n' \
  "$PWD/ran" "$PWD/mended" >job.sh
printf '#!/bin/sh\necho reported\n' >report.sh
chmod +x report.sh

line group 1
line group 2
worker
line group 3
said group.3 'completed    3' 'dead         1'
line group 4
said group.4 bad
line group 5 1  # One job is dead, so there is no report.
! grep -qx reported group.5.out || wrong 'a report of a night that has a dead job'
line group 6 1
[[ $(cat results/*/answer.txt | sort | tr '\n' ' ') == 'a b c ' ]] || wrong "fetched: $(ls results)"
line group 7 1  # What has ended stays as it is.
touch mended
line group 8
worker
line group 5
said group.5 reported
line group 6
[[ $(<results/bad/answer.txt) == bad ]] || wrong "fetched: $(ls results)"
line group 9
worker
[[ $(sort ran | uniq -c | awk '{ printf "%s%s ", $2, $1 }') == 'a2 b2 bad3 c2 ' ]] || wrong "run: $(sort ran | uniq -c)"

# A mistake that every job meets: the group stops, and goes on when it is mended.
fleet
rm -rf night-17.* mended
{
  echo job_id
  printf '%s\n' night-{1..25}
} >night-17.csv
printf '[ -e %q ] || exit 65\necho 1 >"$HOLDFAST_OUTPUT_DIR/answer.txt"\n' "$PWD/mended" >job.sh
line stop 1
worker
line stop 2
said stop.2 'dead         20' resume
touch mended
line stop 3
worker
line stop 2
said stop.2 'completed    5'

cat >train.py <<'PYTHON'
import os, sys
with open(os.environ["HOLDFAST_OUTPUT_DIR"] + "/score.txt", "w") as out:
    out.write(" ".join(sys.argv[1:]))
PYTHON
line sweep 1
scores=(sweep-lr-seed.holdfast/store/*/score.txt)
((${#scores[@]} == 40)) || wrong "${#scores[@]} results of the sweep"
grep -qx -- '--lr 1e-4 --seed 19' <(cat "${scores[@]}" | sed 's/--lr/\n--lr/g') || wrong "the values: $(cat "${scores[@]}")"
line sweep 2
said sweep.2 100
holdfast status --env-file worker.env --group july >july.out 2>&1
grep -qF 100 july.out || wrong "the group july: $(<july.out)"
line sweep 3
said sweep.3 'x=0"' 'x=50' 'x=100'
whole_page_used
right 'a group is one thing, and sweeps are lists'
