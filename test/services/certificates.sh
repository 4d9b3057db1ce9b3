# shellcheck shell=bash disable=SC2154  # start.sh sets services, common.sh sets scripts.
# A certificate authority, the certificates of the broker and the store, and an authority that
# signed neither, for the tests that must refuse.

make_authority() {  # FILE NAME
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
    -subj "/CN=$2" -addext 'keyUsage=critical,keyCertSign,cRLSign' \
    -keyout "$services/tls/$1.key" -out "$services/tls/$1.pem"
}

make_certificate() {  # FILE HOST
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
    -CA "$services/tls/ca.pem" -CAkey "$services/tls/ca.key" \
    -subj "/CN=$2" -addext "subjectAltName=DNS:$2,DNS:localhost,IP:127.0.0.1" \
    -addext 'basicConstraints=critical,CA:FALSE' -addext 'extendedKeyUsage=serverAuth' \
    -keyout "$services/tls/$1.key" -out "$services/tls/$1.pem"
}

make_certificates() {
  {
    make_authority ca 'Holdfast test authority'
    make_authority other-ca 'An unrelated test authority'
    make_certificate broker broker.holdfast.test
    make_certificate store store.holdfast.test
  } >"$services/log/certificates.log" 2>&1 ||
    fail "openssl could not make the certificates; see $services/log/certificates.log"
  {
    export_line HOLDFAST_TEST_CA_FILE "$services/tls/ca.pem"
    export_line HOLDFAST_TEST_OTHER_CA_FILE "$services/tls/other-ca.pem"
  } >"$services/run/certificates.env"
}
