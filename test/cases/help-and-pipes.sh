#!/usr/bin/env bash
# The command line as a person meets it: help, slips, closed pipes, no colours where none are wanted.
# shellcheck source=test/cases/lib.sh
. "$(dirname "$0")/lib.sh"

expect() {  # CODE TEXT COMMAND...
  local code=$1 text=$2 said rc
  shift 2
  said=$("$HF" "$@" 2>&1 </dev/null)
  rc=$?
  ((rc == code)) || wrong "holdfast $*: exit code $rc, not $code: $said"
  [[ $said == *"$text"* ]] || wrong "holdfast $* does not say '$text': $said"
}

expect 0 'Usage: holdfast run' run --help
expect 0 'Usage: holdfast dead requeue' help dead requeue
expect 0 'holdfast 0.' -V
expect 0 '.SH SYNOPSIS' man work
expect 0 'complete -F' completion bash
expect 0 'submit' complete sub
expect 2 'did you mean run?' runn
expect 2 'did you mean failed?' dead list --reason faild --state .
expect 2 "'-5' is not a size" run jobs.csv --snapshot-space -5 -- true
expect 2 'did you mean --slots?' run jobs.csv --slot 2 -- true

for command in '' help man 'man --markdown'; do
  # shellcheck disable=SC2086
  "$HF" $command | head -1 >first
  ((PIPESTATUS[0] == 0)) || wrong "holdfast $command | head ends with ${PIPESTATUS[0]}"
done

"$HF" completion bash >bash.completion || wrong 'no completion for bash'
offered=$(
  # shellcheck disable=SC1091
  PATH=$(dirname "$HF"):$PATH && . ./bash.completion
  COMP_WORDS=("$HF" dead r) COMP_CWORD=2 COMP_LINE="$HF dead r"
  COMP_POINT=${#COMP_LINE}
  _holdfast
  printf '%s\n' "${COMPREPLY[@]}"
)
[[ $offered == requeue ]] || wrong "bash is offered '$offered' for 'holdfast dead r'"
right 'help, slips, pipes and completions'
