# shellcheck shell=bash
# Source this first. It leaves the shell in a folder of its own, which is gone at the end.
#   $HF           the program under test
#   right TEXT    the case went as it should: exit 0
#   wrong TEXT    it did not: exit 1
#   at_end WORDS  a command for the end, such as ending a process that the case started
set -u
HF=${HF:-${HOLDFAST_TEST_PROGRAM:?the path of the program, as ./dev test sets it}}
# Cases that cases.cmake runs on both brokers: `4` is RabbitMQ 4.0, whose variables have this in their names.
if [[ -n ${HOLDFAST_CASE_BROKER-} ]]; then
  for case_word in AMQP_URL MANAGEMENT_URL RABBITMQCTL; do
    case_other=HOLDFAST_TEST_${case_word%_URL}$HOLDFAST_CASE_BROKER${case_word#"${case_word%_URL}"}
    export "HOLDFAST_TEST_$case_word=${!case_other:?start the test services and read their env file first}"
  done
fi
case_folder=$(mktemp -d)
case_ends=()

at_end() {
  case_ends+=("$(printf '%q ' "$@")")
}

end_case() {
  local i
  for ((i = ${#case_ends[@]} - 1; i >= 0; --i)); do
    eval "${case_ends[i]}" >/dev/null 2>&1
  done
  rm -rf "$case_folder"
}
trap end_case EXIT
cd "$case_folder" || exit 2

right() {
  printf 'right: %s\n' "$*"
  exit 0
}

wrong() {
  printf 'WRONG: %s\n' "$*" >&2
  exit 1
}

# Waits until COMMAND succeeds; wrong with TEXT after 30 s, or as many seconds as `patience` says.
wait_for() {  # TEXT COMMAND...
  local what=$1 tries=0
  shift
  until "$@"; do
    ((++tries < 20 * ${patience:-30})) || wrong "waited in vain: $what"
    sleep 0.05
  done
}
