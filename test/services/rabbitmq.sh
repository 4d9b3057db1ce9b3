# shellcheck shell=bash disable=SC2154  # start.sh sets services, common.sh sets scripts.
# RabbitMQ brokers of our own: rabbitmq3 is the 3.10 of this Debian, rabbitmq4 the 4.0 of the next
# one, run inside a folder made by rabbitmq4_root.sh. Ports, node names, data and the Erlang port
# mapper are ours alone, so that a broker installed on the machine goes on undisturbed.

# User, password and virtual host hold what has to be percent-encoded in a URL.
broker_user='hold@fast'
broker_password='p:a/s%s+w#rd?'
broker_vhost='test/fleet'
broker_user_encoded='hold%40fast'
broker_password_encoded='p%3Aa%2Fs%25s%2Bw%23rd%3F'
broker_vhost_encoded='test%2Ffleet'

start_port_mapper() {
  local port
  read -r port <<<"$(free_ports 1)"
  printf '%s\n' "$port" >"$services/run/port-mapper.port"
  # -d, else it ends without a word when its port is taken.
  spawn port-mapper epmd -d -address 127.0.0.1 -port "$port"
  wait_until 10 port-mapper listening port-mapper 127.0.0.1 "$port"
}

# DIR is the node's folder as the broker sees it.
write_broker_configuration() {  # NODE DIR AMQP_PORT AMQPS_PORT MANAGEMENT_PORT
  local here=$services/run/$1 dir=$2
  install -m 600 "$services"/tls/{ca.pem,broker.pem,broker.key} "$here"
  cat >"$here/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$3
listeners.ssl.1 = 127.0.0.1:$4
listeners.ssl.2 = 127.0.0.2:$4
ssl_options.cacertfile = $dir/ca.pem
ssl_options.certfile = $dir/broker.pem
ssl_options.keyfile = $dir/broker.key
ssl_options.verify = verify_none
ssl_options.fail_if_no_peer_cert = false
management.tcp.ip = 127.0.0.1
management.tcp.port = $5
load_definitions = $dir/definitions.json
log.console = true
log.file = false
vm_memory_high_watermark.absolute = 2GiB
disk_free_limit.absolute = 100MB
CONF
  cat >"$here/definitions.json" <<JSON
{"users": [{"name": "$broker_user", "password": "$broker_password", "tags": "administrator"}],
 "vhosts": [{"name": "$broker_vhost"}],
 "permissions": [{"user": "$broker_user", "vhost": "$broker_vhost",
                  "configure": ".*", "write": ".*", "read": ".*"}]}
JSON
  printf '[rabbitmq_management].\n' >"$here/enabled_plugins"
}

# The environment for the broker and for its control program. Busy waiting is off: two brokers on
# two cores would take the processor from the tests while idle.
write_broker_environment() {  # NODE DIR DISTRIBUTION_PORT
  local here=$services/run/$1 dir=$2
  cat >"$here/environment" <<ENVIRONMENT
HOME=$dir
LANG=C.UTF-8
ERL_CRASH_DUMP=$dir/erl_crash.dump
ERL_EPMD_ADDRESS=127.0.0.1
ERL_EPMD_PORT=$(<"$services/run/port-mapper.port")
RABBITMQ_NODENAME=$1@localhost
RABBITMQ_DIST_PORT=$3
RABBITMQ_CONF_ENV_FILE=$dir/rabbitmq-env.conf
RABBITMQ_CONFIG_FILE=$dir/rabbitmq.conf
RABBITMQ_ADVANCED_CONFIG_FILE=$dir/advanced.config
RABBITMQ_ENABLED_PLUGINS_FILE=$dir/enabled_plugins
RABBITMQ_MNESIA_BASE=$dir/data
RABBITMQ_LOG_BASE=$dir/log
RABBITMQ_PID_FILE=$dir/pid
RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none
RABBITMQ_CTL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}
RUNNING_UNDER_SYSTEMD=true
ENVIRONMENT
  : >"$here/rabbitmq-env.conf"
  printf '[].\n' >"$here/advanced.config"
  head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$here/.erlang.cookie"
  chmod 400 "$here/.erlang.cookie"
}

# A program of the broker's version, as DIR/bin/NODE-PROGRAM, with its environment set.
write_broker_program() {  # NODE PROGRAM ROOT
  local name=$services/bin/$1-$2
  {
    printf '#!/usr/bin/env bash\n'
    printf 'mapfile -t environment <%q\n' "$services/run/$1/environment"
    # shellcheck disable=SC2016  # Expanded by the program that is written here.
    printf 'exec env -u RABBITMQ_HOME "${environment[@]}" '
    if [[ -n $3 ]]; then
      printf 'bash %q %q %q ' "$scripts/enter_root.sh" "$3" "$services/run/$1"
    fi
    # shellcheck disable=SC2016
    printf '/usr/lib/rabbitmq/bin/%s "$@"\n' "$2"
  } >"$name"
  chmod +x "$name"
}

broker_answers() {  # NODE AMQP_PORT AMQPS_PORT MANAGEMENT_PORT
  listening "$1" 127.0.0.1 "$2" && listening "$1" 127.0.0.1 "$3" &&
    curl --fail --silent --max-time 2 --user "$broker_user:$broker_password" \
      "http://127.0.0.1:$4/api/vhosts/$broker_vhost_encoded"
}

launch_broker() {  # NODE
  local amqp amqps management
  read -r amqp amqps management <"$services/run/$1/ports"
  spawn "$1" "$services/bin/$1-rabbitmq-server"
  wait_until 120 "$1" broker_answers "$1" "$amqp" "$amqps" "$management"
}

write_broker_control() {  # NODE
  printf '#!/bin/sh\nexec bash %q %q %q "$@"\n' "$scripts/broker_control.sh" "$services" "$1" \
    >"$services/bin/$1-control"
  chmod +x "$services/bin/$1-control"
}

# ROOT is the folder that holds this version, or nothing for the one that is installed; its node's
# folder appears there as /mnt.
start_broker() {  # NODE ROOT
  local amqp amqps management distribution
  local node=$1 root=$2 dir=$services/run/$1
  [[ -z $root ]] || dir=/mnt
  rm -rf "${services:?}/run/$node"
  mkdir -p "$services/run/$node"
  read -r amqp amqps management distribution <<<"$(free_ports 4)"
  write_broker_configuration "$node" "$dir" "$amqp" "$amqps" "$management"
  write_broker_environment "$node" "$dir" "$distribution"
  write_broker_program "$node" rabbitmq-server "$root"
  write_broker_program "$node" rabbitmqctl "$root"

  write_broker_control "$node"
  printf '%s\n' "$amqp $amqps $management" >"$services/run/$node/ports"
  launch_broker "$node"

  local login=$broker_user_encoded:$broker_password_encoded path=/$broker_vhost_encoded
  local suffix=
  [[ $node == rabbitmq3 ]] || suffix=4
  {
    export_line "HOLDFAST_TEST_AMQP${suffix}_URL" "amqp://$login@127.0.0.1:$amqp$path"
    export_line "HOLDFAST_TEST_AMQPS${suffix}_URL" "amqps://$login@broker.holdfast.test:$amqps$path"
    export_line "HOLDFAST_TEST_AMQPS${suffix}_LOCAL_URL" "amqps://$login@localhost:$amqps$path"
    export_line "HOLDFAST_TEST_AMQPS${suffix}_WRONG_NAME_URL" \
      "amqps://$login@wrong.holdfast.test:$amqps$path"
    export_line "HOLDFAST_TEST_AMQPS${suffix}_WRONG_NAME_LOCAL_URL" \
      "amqps://$login@127.0.0.2:$amqps$path"
    export_line "HOLDFAST_TEST_MANAGEMENT${suffix}_URL" "http://127.0.0.1:$management"
    export_line "HOLDFAST_TEST_RABBITMQCTL$suffix" "$services/bin/$node-rabbitmqctl"
    export_line "HOLDFAST_TEST_BROKER_CONTROL$suffix" "$services/bin/$node-control"
  } >"$services/run/$node.env"
}
