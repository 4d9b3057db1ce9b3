# shellcheck shell=bash disable=SC2154  # start.sh sets services, common.sh sets scripts.
# An S3 server that is usable in about a second: Ceph's gateway on one monitor and one object store
# that keeps its data in memory.

s3_access_key=HOLDFASTTESTACCESS01
s3_secret_key='holdfast/test+secret/key0123456789abcdef'
s3_bucket=holdfast-test

# Collections of deleted data run every two seconds, else they would fill the memory. No
# `rgw dns name`: with one, every other host name would be taken for a bucket.
write_ceph_configuration() {  # MONITOR_PORT HTTP_PORT HTTPS_PORT OSD_UUID
  local tls=$services/tls here=$services/run/s3
  cat >"$here/ceph.conf" <<CONF
[global]
fsid = $(</proc/sys/kernel/random/uuid)
mon host = [v1:127.0.0.1:$1]
auth cluster required = none
auth service required = none
auth client required = none
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
public addr = 127.0.0.1
ms bind ipv6 = false
run dir = $here
admin socket = $here/\$name.asok
pid file =
log file = $services/log/s3-\$name.log
log max recent = 100
keyring = $here/keyring
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data avail crit = 1
mon data avail warn = 1
mon max pg per osd = 2000
paxos propose interval = 0.02
paxos min wait = 0.01
[mon.a]
mon data = $here/mon
ms bind msgr2 = false
[osd.0]
osd data = $here/osd
osd objectstore = memstore
osd uuid = $4
memstore device bytes = 8589934592
osd memory target = 2147483648
osd op num shards = 2
osd crush update on start = false
osd class update on start = false
osd max write size = 256
[client]
rgw frontends = beast endpoint=127.0.0.1:$2 ssl_endpoint=127.0.0.1:$3 ssl_endpoint=127.0.0.2:$3 ssl_certificate=$tls/store.pem ssl_private_key=$tls/store.key tcp_nodelay=1
rgw thread pool size = 64
rgw enable usage log = false
rgw enable ops log = false
rgw enable quota threads = false
rgw enable lc threads = false
rgw dynamic resharding = false
rgw override bucket index max shards = 1
rgw run sync thread = false
rgw num control oids = 1
rgw gc max objs = 1
rgw gc obj min wait = 2
rgw gc processor period = 2
rgw gc processor max time = 60
rgw lc max objs = 1
CONF
}

# The map is made with its store already in it, so that nobody has to ask the monitor for one.
make_ceph_cluster() {  # MONITOR_PORT OSD_UUID
  local here=$services/run/s3
  local conf=$here/ceph.conf fsid
  fsid=$(sed -n 's/^fsid = //p' "$conf")
  monmaptool --create --clobber --fsid "$fsid" --addv a "[v1:127.0.0.1:$1]" "$here/monmap"
  osdmaptool "$here/osdmap" --createsimple 1 --clobber -c "$conf"
  ceph-mon -c "$conf" -i a --mkfs --monmap "$here/monmap" --osdmap "$here/osdmap"
  ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$2" --no-mon-config
}

start_gateway() {
  ! alive s3-gateway || return 0
  local http
  http=$(<"$services/run/s3/http_port")
  spawn s3-gateway radosgw -f -c "$services/run/s3/ceph.conf" --name client.admin
  wait_until 60 s3-gateway listening s3-gateway 127.0.0.1 "$http"
  wait_until 60 s3-gateway curl --fail --silent --max-time 2 "http://127.0.0.1:$http/"
}

write_s3_control() {
  cat >"$services/bin/s3-control" <<SH
#!/bin/sh
exec bash '$scripts/s3_control.sh' '$services' "\$@"
SH
  chmod +x "$services/bin/s3-control"
}

start_s3() {
  local monitor http https osd_uuid
  local here=$services/run/s3
  local conf=$here/ceph.conf
  read -r monitor http https <<<"$(free_ports 3)"
  osd_uuid=$(</proc/sys/kernel/random/uuid)
  rm -rf "$here"
  mkdir -p "$here/mon" "$here/osd"
  printf '%s\n' "$http" >"$here/http_port"
  write_ceph_configuration "$monitor" "$http" "$https" "$osd_uuid"

  make_ceph_cluster "$monitor" "$osd_uuid" >>"$services/log/s3.log" 2>&1 ||
    fail "The S3 server's data folder could not be made; see $services/log/s3.log"
  spawn s3-monitor ceph-mon -f -c "$conf" -i a
  spawn s3-objects ceph-osd -f -c "$conf" -i 0
  wait_until 30 s3-monitor listening s3-monitor 127.0.0.1 "$monitor"
  HOLDFAST_SERVICES=$services HOLDFAST_SERVICE=s3-admin \
    timeout 60 radosgw-admin -c "$conf" --name client.admin user create --uid=holdfast \
    --display-name=holdfast --access-key="$s3_access_key" --secret-key="$s3_secret_key" \
    >>"$services/log/s3.log" 2>&1 ||
    fail "The S3 server's user could not be made; see $services/log/s3.log"
  start_gateway
  curl --fail --silent --show-error --max-time 20 --aws-sigv4 'aws:amz:us-east-1:s3' \
    --user "$s3_access_key:$s3_secret_key" --header 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \
    --request PUT \
    "http://127.0.0.1:$http/$s3_bucket" >>"$services/log/s3.log" 2>&1 ||
    fail "The S3 server's bucket could not be made; see $services/log/s3.log"

  write_s3_control
  {
    export_line HOLDFAST_TEST_S3_ENDPOINT "http://127.0.0.1:$http"
    export_line HOLDFAST_TEST_S3_TLS_ENDPOINT "https://store.holdfast.test:$https"
    export_line HOLDFAST_TEST_S3_TLS_LOCAL_ENDPOINT "https://localhost:$https"
    export_line HOLDFAST_TEST_S3_TLS_WRONG_NAME_ENDPOINT "https://127.0.0.2:$https"
    export_line HOLDFAST_TEST_S3_ACCESS_KEY "$s3_access_key"
    export_line HOLDFAST_TEST_S3_SECRET_KEY "$s3_secret_key"
    export_line HOLDFAST_TEST_S3_BUCKET "$s3_bucket"
    export_line HOLDFAST_TEST_S3_CONTROL "$services/bin/s3-control"
  } >"$services/run/s3.env"
}
