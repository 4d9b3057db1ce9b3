// The part of Connection that finds out about a broker and changes nothing that is others'.
#include <amqp.h>

#include "adapters/amqp/broker_error.h"
#include "adapters/amqp/connection.h"
#include "adapters/amqp/connection_library.h"
#include "adapters/amqp/content.h"
#include "adapters/amqp/fields.h"

namespace holdfast {
namespace {

constexpr const char* kPassingMilliseconds = "1";
// No queue has this name.
constexpr const char* kNowhere = "holdfast-probe-nowhere";

std::string property(const amqp_table_t& table, std::string_view name) {
  for (int i = 0; i < table.num_entries; ++i) {
    const amqp_table_entry_t& entry = table.entries[i];
    if (text_of(entry.key) == name) return text_of(entry.value).value_or("");
  }
  return {};
}

}  // namespace

BrokerName Connection::name() const {
  const amqp_table_t* properties = amqp_get_server_properties(library_->state);
  if (properties == nullptr) return {};
  return {property(*properties, "product"), property(*properties, "version")};
}

std::chrono::seconds Connection::heartbeat() const {
  return std::chrono::seconds(amqp_get_heartbeat(library_->state));
}

void Connection::refuse(Channel channel, std::uint64_t delivery_tag) {
  amqp_basic_reject_t reject{};
  reject.delivery_tag = delivery_tag;
  reject.requeue = 0;
  send(channel, AMQP_BASIC_REJECT_METHOD, &reject);
}

void Connection::publish_passing(Channel channel, const std::string& exchange,
                                 const std::string& routing_key, const Message& message) {
  OutgoingContent content(message, clock_.wall());
  amqp_basic_properties_t properties = content.properties();
  properties._flags |= AMQP_BASIC_EXPIRATION_FLAG;
  properties.expiration = amqp_cstring_bytes(kPassingMilliseconds);
  check_sent(amqp_basic_publish(library_->state, channel, bytes_of(exchange), bytes_of(routing_key),
                                1, 0, &properties, bytes_of(message.body)));
}

// The broker looks at the permission first, and only then at an argument that it cannot take.
bool Connection::may_read(Channel channel, const std::string& queue, TimePoint deadline) {
  FieldTable arguments;
  arguments.add("x-priority", std::string_view("none"));
  amqp_basic_consume_t consume{};
  consume.queue = bytes_of(queue);
  consume.arguments = arguments.table();
  const auto answer = call(channel, AMQP_BASIC_CONSUME_METHOD, &consume,
                           AMQP_BASIC_CONSUME_OK_METHOD, "look at the queue " + queue, deadline);
  if (const auto* closed = std::get_if<ChannelClosed>(&answer)) {
    if (access_refused(closed->code)) return false;
    if (other_arguments(closed->code)) return true;
    throw broker_refusal(url_, "look at the queue " + queue, closed->code, closed->reason);
  }
  close_channel(channel, deadline);  // A broker that takes the argument. Nothing was settled.
  return true;
}

// A message for a queue that is not there comes back, if it may be published at all.
bool Connection::may_write(Channel channel, TimePoint deadline) {
  ask_for_confirms(channel, deadline);
  Message message;
  message.message_id = kNowhere;
  publish(channel, kNowhere, message);
  while (const auto event = next_event(deadline, nullptr)) {
    if (std::holds_alternative<BrokerConfirm>(*event)) {
      close_channel(channel, deadline);
      return true;
    }
    if (const auto* closed = std::get_if<ChannelClosed>(&*event)) {
      if (access_refused(closed->code)) return false;
      throw broker_refusal(url_, "publish", closed->code, closed->reason);
    }
    if (const auto* blocked = std::get_if<PublishingBlocked>(&*event)) {
      throw Error(ErrorKind::unavailable, "the broker at " + url_.shown() +
                                              " accepts no messages at the moment (" +
                                              blocked->reason + ")");
    }
  }
  throw Error(ErrorKind::unavailable, "the broker at " + url_.shown() + " confirms nothing");
}

void Connection::remove_queue(Channel channel, const std::string& queue, TimePoint deadline) {
  amqp_queue_delete_t remove{};
  remove.queue = bytes_of(queue);
  call_or_throw(channel, AMQP_QUEUE_DELETE_METHOD, &remove, AMQP_QUEUE_DELETE_OK_METHOD,
                "remove the queue " + queue, deadline);
}

}  // namespace holdfast
