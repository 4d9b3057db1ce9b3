# shellcheck shell=bash
# Sourced after lib.sh: a receiver of notifications.
#   receive [PORT]   starts it; $hook is its URL, $receiver its process
#   got ID           how often it got the notification of this id
#   ids              those it got, each once, sorted
: >got
receive() {
  rm -f port
  python3 "$here/notify_receiver.py" port . "$@" &
  receiver=$!
  at_end kill -KILL "$receiver"
  wait_for 'the receiver' test -e port
  hook=http://127.0.0.1:$(cat port)/hook/T0-secret
}
got() { grep -c -F "$1 " got; }
# shellcheck disable=SC2317  # Called by those that source this.
ids() { cut -d' ' -f1 got | sort -u; }
