#!/usr/bin/env bash
# Inputs from a web server: whole, from where an answer broke off, checked by digest. A redirect is followed to where the worker
# allows, and not into its own network. A server that is away is waited for, and the slot is free meanwhile.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
  -keyout key.pem -out cert.pem 2>/dev/null || wrong 'no certificate'
mkdir site
for name in data broken chunked redirected; do head -c 3000000 /dev/urandom >"site/$name"; done
python3 "$here/web_server.py" port cert.pem key.pem site &
at_end kill -KILL "$!"
wait_for 'the web server' test -e port
port=$(cat port)
digest_of() { sha256sum <"site/$1" | cut -d' ' -f1; }
digest=$(digest_of data)
# One that the machine has by its digest is not asked for again.
another=$(echo another | sha256sum | cut -d' ' -f1)
job() {  # ID URL [DIGEST]
  printf '{"job_id":"%s","inputs":{"data":"%s#sha256=%s"}}\n' "$1" "$2" "${3:-$digest}"
}
variables() {
  printf 'AMQP_URL=sqlite:%s/queue\nHOLDFAST_STORE=file:%s/store\nSSL_CERT_FILE=%s/cert.pem\n' "$PWD" "$PWD" "$PWD"
}
(umask 077 && variables >worker.env)
export SSL_CERT_FILE=$PWD/cert.pem
{
  job good "https://localhost:$port/data"
  job broken "https://localhost:$port/broken/broken" "$(digest_of broken)"
  job chunked "https://localhost:$port/chunked/chunked" "$(digest_of chunked)"
  job redirected "https://localhost:$port/to?https://localhost:$port/redirected" "$(digest_of redirected)"
  job inside "https://localhost:$port/to?https://127.0.0.1:$port/data" "$another"
  job plain "https://localhost:$port/to?http://localhost:$port/data" "$another"
  job gone "https://localhost:$port/nothing" "$another"
  job away 'https://localhost:1/data' "$another"
  job other "https://localhost:$port/data?token=secret" "$another"
  echo '{"job_id":"no-input"}'
} >jobs.jsonl
"$HF" submit --env-file worker.env jobs.jsonl 2>submit.log || wrong "submit: $(cat submit.log)"
cat >job.sh <<'JOB'
test -e "$HOLDFAST_INPUT_DIR/data" && sha256sum <"$HOLDFAST_INPUT_DIR/data" >"$HOLDFAST_OUTPUT_DIR/sum"
exit 0
JOB
"$HF" work --env-file worker.env --work-dir "$PWD/w" --allow-inputs "https://localhost:$port,https://localhost:1" -- bash "$PWD/job.sh" 2>work.log &
work=$!
at_end kill -KILL "$work"
status() { "$HF" status --env-file worker.env "$1" --json; }
has() { [[ $(status "$1") == *"$2"* ]]; }
for job in good broken chunked redirected no-input; do
  wait_for "$job to complete: $(tail -3 work.log)" has "$job" '"state":"completed"'
done
cp site/data site/good
for job in good chunked redirected broken; do
  [[ $(cat "store/$job/sum") == "$(digest_of "$job")  -" ]] || wrong "$job got something else"
done
ended() {  # JOB TEXT
  wait_for "the end of $1" has "$1" '"state":"dead"'
  has "$1" '"reason":"input_missing"' && has "$1" "$2" || wrong "$1 ended with $(status "$1")"
}
ended inside 'this worker takes no inputs from there'
ended plain 'not https'
ended gone 'does not exist'
ended other 'does not match its digest'
wait_for 'the one that is away to wait' has away '"state":"waiting"'
has away 'cannot be fetched' && has away '"failures_since_progress":0' || wrong "the one that is away: $(status away)"
grep -q secret work.log && wrong "a query is in the log: $(grep secret work.log)"
kill -TERM "$work"
wait "$work" || wrong "the worker ended with $?"
right 'fetched, checked, and only from where it is allowed'
