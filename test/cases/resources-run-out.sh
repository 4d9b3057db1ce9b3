#!/usr/bin/env bash
# A machine runs out of threads, processes, descriptors, mappings or disk at any moment of a worker's life: the n-th call fails, for one
# n after the other, once and then for good for a while. The program ends in order, with a sentence and in bounded time, or goes on; and
# no job is lost: the same command afterwards completes all.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
fail_a_call=${HOLDFAST_TEST_FAIL_A_CALL:?the library that lets a call fail, as the test sets it}

printf 'job_id\na\nb\n' >list.csv
cat >program.sh <<'P'
[ -e step ] || echo 1 >step
"$1" checkpoint
cp step "$HOLDFAST_OUTPUT_DIR/r"
P
tries=0
try() {  # CALL N FOR
  local state=$1-$2-$3 code
  rm -f mark
  timeout -s KILL 60 env FAIL_CALL="$1" FAIL_AT="$2" FAIL_FOR="$3" FAIL_MARK="$PWD/mark" LD_PRELOAD="$fail_a_call" \
    "$HF" run list.csv --state "$state" --checkpoint-pause 10ms -- sh "$PWD/program.sh" "$HF" >log 2>&1
  code=$?
  ((++tries))
  # 137: it had to be killed; 134, 139 and the like: an abort or worse.
  ((code < 128)) || wrong "call $2 of $1 failed ($3 in a row), and the program ended with $code: $(tail -3 log)"
  ((code == 0)) || [[ -s log ]] || wrong "call $2 of $1 failed, and it ended with $code without a word"
  local known=0
  if ((code != 0)); then
    timeout -s KILL 60 "$HF" run list.csv --state "$state" -- sh "$PWD/program.sh" "$HF" >second 2>&1
    known=$?
  fi
  ((known == 0)) || wrong "after call $2 of $1 failed, the same command ended with $known: $(cat log second)"
  [[ $(cat "$state"/store/{a,b}/r 2>/dev/null | tr '\n' ' ') == '1 1 ' ]] || wrong "after call $2 of $1 a result is missing: $(cat log)"
  rm -rf "$state"
  [[ -e mark ]]
}
for call in pthread_create fork mmap open write; do
  for span in 1 5; do
    # Every call at the beginning, then ever further apart, until a run makes fewer calls than that.
    for ((n = 1; SECONDS < 70; n += n < 6 ? 1 : n / 2)); do
      try "$call" "$n" "$span" || break
    done
  done
done
right "$tries runs ended in order"
