#include "bare_broker.h"

#include <amqp_tcp_socket.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace holdfast::bench {

void give_up(const std::string& sentence) {
  std::fprintf(stderr, "%s\n", sentence.c_str());
  std::exit(1);
}

amqp_bytes_t bytes_of(const std::string& text) {
  return {text.size(), const_cast<char*>(text.data())};  // The library only reads it.
}

void require(amqp_connection_state_t broker, const std::string& act) {
  if (amqp_get_rpc_reply(broker).reply_type != AMQP_RESPONSE_NORMAL) {
    give_up("The broker does not " + act + ".");
  }
}

amqp_connection_state_t connect_to_broker() {
  const char* text = std::getenv("AMQP_URL");
  if (text == nullptr) give_up("AMQP_URL is not set; it names the broker.");
  std::string url = text;
  amqp_connection_info place;
  if (amqp_parse_url(url.data(), &place) != AMQP_STATUS_OK || place.ssl != 0) {
    give_up("AMQP_URL is no amqp:// address.");
  }
  const amqp_connection_state_t broker = amqp_new_connection();
  amqp_socket_t* const socket = amqp_tcp_socket_new(broker);
  if (socket == nullptr || amqp_socket_open(socket, place.host, place.port) != AMQP_STATUS_OK) {
    give_up("The broker cannot be reached.");
  }
  constexpr int kHeartbeatSeconds = 60;
  const amqp_rpc_reply_t login =
      amqp_login(broker, place.vhost, 1, kFrameBytesMax, kHeartbeatSeconds, AMQP_SASL_METHOD_PLAIN,
                 place.user, place.password);
  if (login.reply_type != AMQP_RESPONSE_NORMAL) give_up("The broker refuses the login.");
  amqp_channel_open(broker, kChannel);
  require(broker, "open a channel");
  return broker;
}

void publish(amqp_connection_state_t broker, const std::string& queue, const std::string& id,
             const std::string& body) {
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG |
                      AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TIMESTAMP_FLAG |
                      AMQP_BASIC_APP_ID_FLAG;
  properties.content_type = amqp_cstring_bytes("application/json");
  properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
  properties.message_id = bytes_of(id);
  properties.timestamp = static_cast<std::uint64_t>(std::time(nullptr));
  properties.app_id = amqp_cstring_bytes("bare");
  constexpr amqp_boolean_t kMandatory = 1;
  const int status = amqp_basic_publish(broker, kChannel, amqp_empty_bytes, bytes_of(queue),
                                        kMandatory, 0, &properties, bytes_of(body));
  if (status != AMQP_STATUS_OK) give_up("The broker takes no more messages.");
}

std::string job_id(std::uint64_t number) {
  return "job-" + std::to_string(number);
}

std::string job_body(std::uint64_t number) {
  return "{\"job_id\":\"" + job_id(number) + "\",\"steps\":600}";
}

}  // namespace holdfast::bench
