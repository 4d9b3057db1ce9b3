# shellcheck shell=bash
# Sourced by tests of pages, whose commands they run as they stand: in a folder of its own, with `holdfast` in the PATH. A block that
# begins with ```sh NAME is the block NAME.
#   page PAGE           from here on, blocks are those of PAGE, below the project's folder
#   block NAME [LANGUAGE]  the text of a block
#   run_block NAME      runs a whole block, which must exit with 0
#   line NAME N [CODE]  runs the Nth command of a block of separate commands, which must exit with CODE (0)
#   said WHAT TEXT...   each TEXT is in what the block or line WHAT (NAME, NAME.N) printed; also in $out
#   fleet               worker.env for a queue and a place in the bucket of its own
#   worker [COMMAND]    works until the queue is empty; COMMAND is what a job runs, `sh job.sh ID` if it is not given
#   whole_page_used     fails if a block or a line of it was never run
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=test/cases/lib.sh
. "$project/test/cases/lib.sh"
mkdir bin used
ln -s "$HF" bin/holdfast
PATH=$PWD/bin:$PATH
out=
page=

page() {
  page=$project/$1
  rm -f used/*
}

block() {
  awk -v head="\`\`\`${2-sh} $1" '{ sub(/^   /, "") } $0 == head { on = 1; next } $0 == "```" { on = 0 } on' "$page"
}

run_text() {  # WHAT CODE: the command is in script.sh
  bash -euo pipefail script.sh >"$1.out" 2>&1 </dev/null
  local code=$?
  out=$(<"$1.out")
  [[ $code == "$2" ]] || wrong "${page##*/}, $1 ended with $code, not $2: $(cat script.sh; printf '%s' "$out")"
}

run_block() {
  block "$1" >script.sh
  [[ -s script.sh ]] || wrong "${page##*/} has no block $1"
  touch "used/$1"
  run_text "$1" 0
}

text_of_line() {  # NAME N
  local text
  text=$(block "$1" | sed -n "$2p")
  [[ -n $text ]] || wrong "${page##*/}, $1 has no line $2"
  touch "used/$1.$2"
  printf '%s\n' "$text"
}

line() {
  text_of_line "$1" "$2" >script.sh
  run_text "$1.$2" "${3:-0}"
}

said() {
  local what=$1 text
  shift
  for text in "$@"; do
    grep -qF -e "$text" "$what.out" || wrong "${page##*/}: $what says nothing of '$text': $(<"$what.out")"
  done
}

whole_page_used() {
  local name n=0
  while read -r name; do
    n=0
    [[ ! -e used/$name ]] || continue
    while IFS= read -r _; do
      [[ -e used/$name.$((++n)) ]] || wrong "${page##*/}: nothing ran line $n of its block $name"
    done < <(block "$name")
    ((n > 0)) || wrong "${page##*/}: its block $name is empty"
  done < <(sed -n 's/^ *```sh //p' "$page")
}

fleet() {
  local name=page-$$-$RANDOM
  umask 077
  cat >worker.env <<ENV
AMQP_URL=${HOLDFAST_TEST_AMQP_URL:?as ./dev test sets it}
JOB_QUEUE=$name
HOLDFAST_MANAGEMENT_URL=$HOLDFAST_TEST_MANAGEMENT_URL
R2_AWS_ACCESS_KEY_ID=${HOLDFAST_TEST_S3_ACCESS_KEY:?as ./dev test sets it}
R2_AWS_SECRET_ACCESS_KEY=$HOLDFAST_TEST_S3_SECRET_KEY
R2_S3_ENDPOINT_URL=$HOLDFAST_TEST_S3_ENDPOINT
R2_BUCKET_NAME=$HOLDFAST_TEST_S3_BUCKET
HOLDFAST_STORE=s3://$HOLDFAST_TEST_S3_BUCKET/$name
ENV
  holdfast setup --env-file worker.env >setup.out 2>&1 || wrong "no queue: $(<setup.out)"
}

worker() {
  (($#)) || set -- sh "$PWD/job.sh" '{job_id}'
  holdfast work --env-file worker.env --work-dir worker --until-empty --checkpoint-every 1s --log-every 1s \
    -- "$@" >worker.log 2>&1 </dev/null || wrong "the worker ended with $?: $(<worker.log)"
}
