# shellcheck shell=bash
# Sourced after lib.sh by cases with a virtual host of the broker to themselves. For names with several addresses, `two.case` is ::1, where nothing takes a connection as
# long as the case runs, and then 127.0.0.1.
#   dead_at PORT   makes ::1 at PORT dead as a machine that is gone: its packets are not answered
#   with_two ...   runs a command that knows the name

. "${here:?}/fleet.bash"

dead_at() {
  python3 - "$1" <<'PY' &
import socket, sys, threading
listener = socket.socket(socket.AF_INET6)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
listener.bind(("::1", int(sys.argv[1])))
listener.listen(0)
held = []
for _ in range(4):  # A full queue of connections drops what comes then.
    one = socket.socket(socket.AF_INET6)
    one.setblocking(False)
    one.connect_ex(("::1", int(sys.argv[1])))
    held.append(one)
open("dead", "w").close()
threading.Event().wait()
PY
  at_end kill -KILL "$!"
  wait_for 'the dead address' test -e dead
}

printf '127.0.0.1 localhost\n::1 two.case\n127.0.0.1 two.case\n' >hosts
with_two() {
  unshare --mount --propagation private sh -c 'mount --bind hosts /etc/hosts && exec "$@"' sh "$@"
}

# A virtual host of its own, and variables for it.
vhost=case-$$-$RANDOM
broker_variables() {  # URL-OF-THE-BROKER S3-ENDPOINT
  fleet_variables "${1%/*}/$vhost" "$vhost" "$2"
}
make_vhost() {
  "$HOLDFAST_TEST_RABBITMQCTL" -q add_vhost "$vhost" >/dev/null || wrong 'no virtual host'
  at_end "$HOLDFAST_TEST_RABBITMQCTL" -q delete_vhost "$vhost"
  local user=${HOLDFAST_TEST_AMQP_URL#*://}
  user=$(python3 -c 'import sys, urllib.parse; print(urllib.parse.unquote(sys.argv[1]))' "${user%%:*}")
  "$HOLDFAST_TEST_RABBITMQCTL" -q set_permissions -p "$vhost" "$user" '.*' '.*' '.*' >/dev/null || wrong 'no permissions'
}
