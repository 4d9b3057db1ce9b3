#!/usr/bin/env bash
# docs/quickstart.md, block by block as it stands, in an empty folder and with `holdfast` in the PATH: the sums are right,
# though everything was killed in the middle. docs/tutorial.md likewise, against a broker and a bucket.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=${HOLDFAST_TEST_PROGRAM:?the path of the program, as ./dev test sets it}
folder=$(mktemp -d)
workers=()
end() {
  local worker
  for worker in "${workers[@]}"; do kill -KILL "$worker" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap end EXIT
cd "$folder"
mkdir bin
ln -s "$program" bin/holdfast
PATH=$folder/bin:$PATH
used=$folder/used
touch "$used"

fail() {
  printf 'WRONG: %s\n' "$*" >&2
  exit 1
}

block() {  # PAGE NAME: its text
  printf '%s %s\n' "$1" "$2" >>"$used"
  awk -v head="\`\`\`sh $2" '$0 == head { on = 1; next } $0 == "```" { on = 0 } on' "$here/../../docs/$1"
}

step() {  # PAGE NAME
  block "$1" "$2" >block.sh
  [[ -s block.sh ]] || fail "$1 has no block $2"
  bash -euo pipefail block.sh >"$2.out" 2>"$2.err" ||
    fail "$1, block $2 ended with $?: $(cat "$2.out" "$2.err")"
}

whole_page_used() {  # PAGE
  local name
  while read -r name; do
    grep -qx "$1 $name" "$used" || fail "$1: nobody ran its block $name"
  done < <(sed -n 's/^```sh //p' "$here/../../docs/$1")
  ! grep -qx '```sh' "$here/../../docs/$1" || fail "$1 has a block of shell without a name"
}

right_sums=$(printf '%s\n' 1830 820 210)

quickstart() {
  step quickstart.md program
  step quickstart.md list
  step quickstart.md kill
  [[ ! -e results ]] || fail 'the killed run left results already'
  step quickstart.md again
  step quickstart.md results
  [[ $(<results.out) == "$right_sums" ]] || fail "the sums are $(<results.out)"
  step quickstart.md look
  grep -q '^  completed    3$' look.out || fail "status says $(<look.out)"
  grep -q '^Goodput ' look.out || fail "status says nothing of the goodput: $(<look.out)"
  grep -q 'attempt 1: machine vanished' look.out || fail "the kill is not told: $(<look.out)"
  whole_page_used quickstart.md
}

tutorial() {
  local bucket_prefix=tutorial-$$ status=0
  umask 077
  cat >worker.env <<ENV
AMQP_URL=${HOLDFAST_TEST_AMQP_URL:?as ./dev test sets it}
JOB_QUEUE=tutorial-$$
R2_AWS_ACCESS_KEY_ID=${HOLDFAST_TEST_S3_ACCESS_KEY:?}
R2_AWS_SECRET_ACCESS_KEY=${HOLDFAST_TEST_S3_SECRET_KEY:?}
R2_S3_ENDPOINT_URL=${HOLDFAST_TEST_S3_ENDPOINT:?}
R2_BUCKET_NAME=${HOLDFAST_TEST_S3_BUCKET:?}
HOLDFAST_STORE=s3://${HOLDFAST_TEST_S3_BUCKET}/$bucket_prefix
ENV
  rm -rf results jobs.csv.holdfast
  step tutorial.md setup
  step tutorial.md submit
  block tutorial.md worker >worker.sh
  local name
  for name in one two three; do
    mkdir "$name"
    cp sum.py "$name/"
    (cd "$name" && sed 's/^holdfast work /exec &/; s|worker.env|../worker.env|' ../worker.sh >w.sh &&
      exec bash w.sh >../"$name.log" 2>&1) &
    workers+=($!)
  done
  until grep -q 'checkpoint committed' one.log two.log three.log; do
    kill -0 "${workers[0]}" || fail "a worker ended: $(<one.log)"
    sleep 0.1  # Until the workers, which are processes of their own, have come so far.
  done
  step tutorial.md see
  local victim=one
  for name in one two three; do ! grep -q 'checkpoint committed' "$name.log" || victim=$name; done
  case $victim in
    one) kill -KILL "${workers[0]}" ;;
    two) kill -KILL "${workers[1]}" ;;
    three) kill -KILL "${workers[2]}" ;;
  esac
  step tutorial.md fetch || status=$?
  [[ $(tail -3 fetch.out) == "$right_sums" ]] || fail "the sums are $(<fetch.out)"
  whole_page_used tutorial.md
  return "$status"
}

quickstart
tutorial
printf 'right: both pages do what they say\n'
