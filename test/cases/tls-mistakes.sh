#!/usr/bin/env bash
# What goes wrong with TLS at a broker is told in words that lead to it: a client certificate that is wanted, or wanted and not
# trusted, an authority that is not known, a certificate that has expired, a port that speaks plain AMQP, a server that is too old.
# None of it is told in a library's own words.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/lib.sh"

certificate() {  # NAME DAYS
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days "$2" -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost 2>/dev/null || wrong 'no certificate'
}
certificate server 2
certificate other 2
openssl x509 -req -in <(openssl req -new -key server.key -subj /CN=localhost 2>/dev/null) -signkey server.key -days -1 \
  -extfile <(echo subjectAltName=DNS:localhost) -out expired.pem 2>/dev/null
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
serve() {  # CERTIFICATE KEY OPTIONS...
  port=$(free_port)
  openssl s_server -accept "127.0.0.1:$port" -cert "$1" -key "$2" "${@:3}" -quiet </dev/null >/dev/null 2>&1 &
  at_end kill -KILL "$!"
  answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
  wait_for 'a TLS server' answers
}
says() {  # PATTERN URL CA-FILE
  local said
  said=$("$HF" setup --queue "$2" --job-queue q --ca-file "$3" 2>&1 >/dev/null | tail -1)
  [[ $said =~ $1 ]] || wrong "'$1' is not in: $said"
  [[ $said =~ 'socket error'|'SSL'|'hostname lookup'|'asio' ]] && wrong "a library speaks: $said"
  printf '%s\n' "$said"
}
serve server.pem server.key -Verify 1 -CAfile server.pem -verify_return_error
says 'requires a client certificate.*certfile' "amqps://u@localhost:$port/x" server.pem
says 'refused the client certificate' "amqps://u@localhost:$port/x?certfile=other.pem&keyfile=other.key" server.pem
serve server.pem server.key -Verify 1 -CAfile server.pem -verify_return_error -no_tls1_3
says 'may require a client certificate' "amqps://u@localhost:$port/x" server.pem
serve other.pem other.key
says 'certificate was refused.*--ca-file' "amqps://u@localhost:$port/x" server.pem
serve server.pem server.key -no_tls1_3 -no_tls1_2 -cipher ALL:@SECLEVEL=0
says 'TLS 1.2 or later' "amqps://u@localhost:$port/x" server.pem
serve expired.pem server.key
says expired "amqps://u@localhost:$port/x" expired.pem
plain=${HOLDFAST_TEST_AMQP_URL##*@}
says 'amqp://' "amqps://u@${plain%%/*}/x" server.pem
says 'Connection refused' "amqps://u@localhost:1/x" server.pem
says 'cannot find the host' 'amqps://u@no-such-host.invalid/x' server.pem
says 'verify may only be verify_peer' "amqps://u@localhost/x?verify=verify_none" server.pem
says 'its parameter retry is unknown' "amqps://u@localhost/x?retry=1" server.pem
right 'each is told for what it is'
