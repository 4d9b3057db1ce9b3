#include "integration/amqp_hand.h"

#include <amqp_tcp_socket.h>

#include <cstdlib>
#include <stdexcept>

#include "adapters/amqp/fields.h"

namespace holdfast {

std::string required_variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') {
    throw std::runtime_error(std::string(name) +
                             " is not set. Start the test services and read their env file.");
  }
  return value;
}

AmqpHand::AmqpHand(const AmqpUrl& url) : state_(amqp_new_connection()) {
  amqp_socket_t* socket = amqp_tcp_socket_new(state_);
  if (amqp_socket_open(socket, url.host.c_str(), url.port) != AMQP_STATUS_OK) {
    throw std::runtime_error("the test's own client cannot reach the broker at " + url.shown());
  }
  amqp_login(state_, url.vhost.c_str(), 0, 131'072, 0, AMQP_SASL_METHOD_PLAIN, url.user.c_str(),
             url.password.c_str());
  amqp_channel_open(state_, 1);
  check_answer("log in");
}

AmqpHand::~AmqpHand() {
  amqp_connection_close(state_, AMQP_REPLY_SUCCESS);
  amqp_destroy_connection(state_);
}

void AmqpHand::check_answer(const std::string& what) {
  const amqp_rpc_reply_t reply = amqp_get_rpc_reply(state_);
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
  std::string reason = "no answer";
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
      reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
    reason = text_of(static_cast<const amqp_channel_close_t*>(reply.reply.decoded)->reply_text);
  }
  throw std::runtime_error("the test's own client could not " + what + ": " + reason);
}

void AmqpHand::make_queue(const QueueSpec& spec) {
  FieldTable arguments;
  for (const QueueArgument& argument : spec.arguments) arguments.add(argument);
  amqp_queue_declare(state_, 1, bytes_of(spec.name), 0, 1, 0, 0, arguments.table());
  check_answer("make the queue " + spec.name);
}

void AmqpHand::make_direct_exchange(const std::string& exchange) {
  amqp_exchange_declare(state_, 1, bytes_of(exchange), amqp_cstring_bytes("direct"), 0, 1, 0, 0,
                        amqp_empty_table);
  check_answer("make the exchange " + exchange);
}

void AmqpHand::bind(const std::string& queue, const std::string& exchange, const std::string& key) {
  amqp_queue_bind(state_, 1, bytes_of(queue), bytes_of(exchange), bytes_of(key), amqp_empty_table);
  check_answer("bind " + queue);
}

void AmqpHand::remove_queue(const std::string& queue) {
  amqp_queue_delete(state_, 1, bytes_of(queue), 0, 0);
  check_answer("remove the queue " + queue);
}

void AmqpHand::remove_exchange(const std::string& exchange) {
  amqp_exchange_delete(state_, 1, bytes_of(exchange), 0);
  check_answer("remove the exchange " + exchange);
}

void AmqpHand::purge(const std::string& queue) {
  amqp_queue_purge(state_, 1, bytes_of(queue));
  check_answer("empty the queue " + queue);
}

void AmqpHand::refuse_one(const std::string& queue) {
  const amqp_rpc_reply_t reply = amqp_basic_get(state_, 1, bytes_of(queue), 0);
  if (reply.reply_type != AMQP_RESPONSE_NORMAL || reply.reply.id != AMQP_BASIC_GET_OK_METHOD) {
    throw std::runtime_error("the test's own client found nothing in " + queue);
  }
  const auto tag = static_cast<const amqp_basic_get_ok_t*>(reply.reply.decoded)->delivery_tag;
  amqp_message_t message;
  amqp_read_message(state_, 1, &message, 0);
  amqp_destroy_message(&message);
  amqp_basic_reject(state_, 1, tag, 0);
}

std::vector<std::string> AmqpHand::take_all(const std::string& queue) {
  std::vector<std::string> ids;
  while (true) {  // Ends with the queue, which nobody else fills.
    const amqp_rpc_reply_t reply = amqp_basic_get(state_, 1, bytes_of(queue), 1);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL || reply.reply.id != AMQP_BASIC_GET_OK_METHOD) {
      return ids;
    }
    amqp_message_t message;
    amqp_read_message(state_, 1, &message, 0);
    ids.push_back(text_of(message.properties.message_id));
    amqp_destroy_message(&message);
    amqp_maybe_release_buffers(state_);
  }
}

std::uint32_t AmqpHand::waiting(const std::string& queue) {
  const auto* state = amqp_queue_declare(state_, 1, bytes_of(queue), 1, 0, 0, 0, amqp_empty_table);
  check_answer("look at the queue " + queue);
  return state->message_count;
}

void AmqpHand::publish(const std::string& queue, const std::string& body,
                       const std::vector<std::pair<std::string, std::int64_t>>& headers) {
  FieldTable table;
  for (const auto& [name, value] : headers) table.add(name, value);
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_HEADERS_FLAG;
  properties.delivery_mode = 2;
  properties.headers = table.table();
  amqp_basic_publish(state_, 1, amqp_empty_bytes, bytes_of(queue), 0, 0, &properties,
                     bytes_of(body));
}

QueueCleaner::~QueueCleaner() {
  try {
    AmqpHand hand(url_);
    for (const QueueSpec& spec : topology(queue_)) hand.remove_queue(spec.name);
    hand.remove_queue(held_queue(queue_));
  } catch (const std::runtime_error&) {
    // A test that ended its broker leaves nothing to clean.
  }
}

}  // namespace holdfast
