# shellcheck shell=bash disable=SC2034,SC2154  # Sourced: callers set services and use scripts.
# What the scripts in this folder share. Callers set `services`, the folder of
# one running set: run/ (configuration and data), log/, bin/ and tls/.

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Starts NAME in the background. Its environment says whose it is, and that is inherited by all its
# children: stopping looks there, so neither a reused process id nor a child that left its process
# group can fool it.
spawn() {  # NAME COMMAND...
  local name=$1
  shift
  [[ ! -e $services/stopping ]] || fail "$name is not started: $services is being stopped."
  HOLDFAST_SERVICES=$services HOLDFAST_SERVICE=$name setsid "$@" \
    </dev/null >>"$services/log/$name.log" 2>&1 &
  printf '%s\n' "$!" >"$services/run/$name.pid"
  # Whoever stops us may have looked for processes just before this one was there.
  [[ ! -e $services/stopping ]] || kill -KILL "$!"
}

processes_of() {  # [PREFIX]: process ids of the services so named, or of the whole set
  local environment pid
  grep --files-with-matches --no-messages --null-data --fixed-strings --line-regexp \
    "HOLDFAST_SERVICES=$services" /proc/[0-9]*/environ |
    while read -r environment; do
      if grep -qsz "^HOLDFAST_SERVICE=${1-}" "$environment"; then
        pid=${environment#/proc/}
        printf '%s\n' "${pid%/environ}"
      fi
    done
}

# SIGKILL, because nothing of a test's services outlives the test. Twenty rounds: a process may have
# started a child while we looked.
end_processes() {  # [PREFIX]
  local pids round
  for ((round = 0; round < 20; ++round)); do
    mapfile -t pids < <(processes_of "$@")
    ((${#pids[@]})) || return 0
    kill -KILL "${pids[@]}" 2>/dev/null || true
    sleep 0.05
  done
  fail "These processes of $services do not end: ${pids[*]}. End them by hand."
}

alive() {  # NAME: the process that spawn started is still there, and is ours
  local pid
  pid=$(cat "$services/run/$1.pid" 2>/dev/null) || return 1
  grep -qszxF "HOLDFAST_SERVICES=$services" "/proc/$pid/environ"
}

wait_until() {  # SECONDS NAME CONDITION...
  local deadline=$((SECONDS + $1)) name=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    # The new process shows our environment only once it has been executed.
    if ! alive "$name"; then
      sleep 0.1
      alive "$name" || fail "$name ended before it was ready; see $services/log/$name.log"
    fi
    ((SECONDS < deadline)) ||
      fail "$name was not ready in time ('$*' fails); see $services/log/$name.log"
    sleep 0.05
  done
}

# Asks whose the listener is: a port that somebody else took first answers as well.
listening() {  # NAME ADDRESS PORT
  ss --no-header --listening --tcp --numeric --processes "src = $2 and sport = :$3" |
    grep -q "pid=$(<"$services/run/$1.pid"),"
}

# Prints COUNT ports that are free on the addresses we listen on. They lie below the range that the
# kernel hands out for outgoing connections, which would take one away before its service is up.
free_ports() {  # COUNT
  /usr/bin/python3 - "$1" <<'PYTHON'
import random, socket, sys

def free(port):
    for address in ("127.0.0.1", "127.0.0.2"):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind((address, port))
            except OSError:
                return False
    return True

ports = []
for port in random.sample(range(20000, 30000), 1000):
    if free(port):
        ports.append(port)
    if len(ports) == int(sys.argv[1]):
        print(*ports)
        sys.exit()
sys.exit("No free ports between 20000 and 30000 on 127.0.0.1 and 127.0.0.2. End what uses them.")
PYTHON
}

port_taken='address already in use|eaddrinuse|port_already_used|already a epmd'

# Runs START, which starts the services whose names begin with PREFIX on ports of its own choice;
# again on other ports when somebody was quicker to take one.
with_free_ports() {  # PREFIX START...
  local prefix=$1 try log
  shift
  for try in 1 2 3; do
    ("$@") &  # Not `if ("$@")`: bash would ignore `set -e` inside.
    if wait "$!"; then
      return 0
    fi
    end_processes "$prefix"
    grep -qiE "$port_taken" "$services/log/$prefix"*.log || return 1
    printf '%s found a port taken and tries others.\n' "$prefix" >&2
    for log in "$services/log/$prefix"*.log; do
      mv "$log" "$log.try$try"
    done
  done
  fail "$prefix found its ports taken three times over; see $services/log."
}

export_line() {  # NAME VALUE: one line of the env file
  printf 'export %s=%q\n' "$1" "$2"
}
