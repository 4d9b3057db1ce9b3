#!/usr/bin/env bash
# A command whose store does not answer says so after some seconds, and not only when it gives up.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"

cat >worker.env <<'ENV'
AMQP_URL=amqp://guest:guest@127.0.0.1:1/
JOB_QUEUE=q
HOLDFAST_STORE=s3://bucket/place
R2_AWS_ACCESS_KEY_ID=key
R2_AWS_SECRET_ACCESS_KEY=secret
R2_S3_ENDPOINT_URL=http://127.0.0.1:9
ENV
chmod 600 worker.env
for command in list report "logs job" "why job" "fetch job --to out"; do
  # shellcheck disable=SC2086  # Words.
  "$HF" $command --env-file worker.env >out.txt 2>err.txt &
  asked=$!
  until grep -q '127.0.0.1:9: Connection refused.*; still trying' err.txt 2>/dev/null; do
    kill -0 $asked || wrong "$command gave up and had said nothing before: $(cat err.txt)"
    sleep 0.1
  done
  kill -KILL $asked
  wait $asked 2>/dev/null
  (($(wc -l <err.txt) == 1)) || wrong "$command said: $(cat err.txt)"
done
right 'a store that does not answer is told of'
