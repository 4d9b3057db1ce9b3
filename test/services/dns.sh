# shellcheck shell=bash disable=SC2154  # start.sh sets services, common.sh sets scripts.
# A DNS server that answers 127.0.0.1 for every name below holdfast.test, and that no other name
# exists. Resolvers ask port 53 only,
# so it is the address that is chosen freely.

start_dns() {
  local last address
  for last in {77..126}; do
    address=127.0.0.$last
    spawn dns dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --log-facility=- \
      --no-resolv --no-hosts --bind-interfaces --listen-address="$address" \
      --address=/holdfast.test/127.0.0.1 --local=/holdfast.test/ --address=/#/
    if (wait_until 5 dns listening dns "$address" 53) 2>/dev/null; then
      export_line HOLDFAST_TEST_DNS "$address" >"$services/run/dns.env"
      return
    fi
  done
  fail "The DNS server found no address between 127.0.0.77 and 127.0.0.126 whose port 53 is free;" \
    "see $services/log/dns.log"
}
