#!/usr/bin/env bash
# A worker is killed in the moment when the result of its job is stored and the log does not say so yet. The finished program does
# not run again.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export HERE=$PWD
cat >program.sh <<'P'
echo run >>"$HERE/$1.runs"
echo "result of $1" >"$HOLDFAST_OUTPUT_DIR/result"
P
for ((try = 1; try <= 30; ++try)); do
  printf 'job_id\nj%s\n' "$try" >jobs.csv
  places=(--queue "sqlite:$PWD/q" --store "file:$PWD/s")
  "$HF" submit --queue "sqlite:$PWD/q" jobs.csv >/dev/null 2>&1 || wrong 'the job was not submitted'
  list=s/.holdfast/j$try/attempts/1/outputs.json
  "$HF" work "${places[@]}" --until-empty --work-dir w -- bash program.sh "j$try" >"$try.log" 2>&1 &
  worker=$!
  until [[ -e $list ]] || ! kill -0 "$worker" 2>/dev/null; do :; done
  kill -KILL "$worker" 2>/dev/null
  wait "$worker" 2>/dev/null
  "$HF" status "${places[@]}" "j$try" --json 2>/dev/null | grep -q '"completed"' && continue
  "$HF" work "${places[@]}" --until-empty --patience 1s --work-dir w -- bash program.sh "j$try" >"$try.second.log" 2>&1 ||
    wrong "the second worker failed: $(tail -5 "$try.second.log")"
  [[ $(cat "s/j$try/result") == "result of j$try" ]] || wrong 'there is no result'
  (($(wc -l <"j$try.runs") == 1)) || wrong "the finished program ran $(wc -l <"j$try.runs") times"
  grep -q 'attempt=2' "$try.second.log" || wrong "nobody took the job over: $(cat "$try.second.log")"
  right "killed at try $try, and the program ran once"
done
wrong 'no worker was killed in the right moment'
