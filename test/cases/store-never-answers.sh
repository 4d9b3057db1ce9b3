#!/usr/bin/env bash
# A store or broker that takes the connection and never answers: the person who waits is told within seconds.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"

python3 - <<'PY' &
import socket, threading
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(50)  # The system takes the connections; nobody reads them.
open("port.tmp", "w").write(str(listener.getsockname()[1]))
import os
os.rename("port.tmp", "port")
threading.Event().wait()
PY
at_end kill -KILL "$!"
wait_for 'the silent server' test -e port
port=$(cat port)
cat >worker.env <<ENV
AMQP_URL=amqp://guest:secretword@127.0.0.1:$port/
JOB_QUEUE=q
HOLDFAST_STORE=s3://bucket/place
R2_AWS_ACCESS_KEY_ID=key
R2_AWS_SECRET_ACCESS_KEY=secretword
R2_S3_ENDPOINT_URL=http://127.0.0.1:$port
ENV
chmod 600 worker.env
printf 'job_id\na\n' >jobs.csv

asked=()
for command in list 'logs job' 'fetch job --to out' 'wait job' setup 'dead list' 'submit jobs.csv'; do
  # shellcheck disable=SC2086  # Words.
  "$HF" $command --env-file worker.env >/dev/null 2>"${command%% *}.err" &
  asked+=("$!")
  at_end kill -KILL "$!"
done
told() { grep -q "127.0.0.1:$port.* has not answered for 5 s; still waiting" "$1"; }
for command in list logs fetch 'wait' setup dead submit; do
  patience=20 wait_for "$command to say that nobody answers" told "$command.err"
  (($(grep -c 'has not answered' "$command.err") == 1)) || wrong "$command says it again: $(cat "$command.err")"
  grep -q secretword "$command.err" && wrong "$command prints a secret: $(cat "$command.err")"
done
# Before their time was up, which is 30 s.
for one in "${asked[@]}"; do
  kill -0 "$one" 2>/dev/null || wrong 'a command gave up before it told'
done
right 'a silent server is told of'
