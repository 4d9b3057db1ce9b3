#include "adapters/amqp/content.h"

#include <algorithm>
#include <utility>

namespace holdfast {
namespace {

constexpr std::size_t kNameBytesMax = 128;
constexpr std::size_t kMessageIdBytesMax = 255;

// Those that brokers write. Sent on, they would be believed: a fresh message would look delivered.
bool brokers_own(std::string_view name) {
  return name.starts_with("x-") || name.starts_with("X-");
}

bool sendable(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && !brokers_own(name);
}

}  // namespace

OutgoingContent::OutgoingContent(const Message& message, WallTime now) {
  std::size_t room = kHeadersBytesMax;
  for (const auto& [name, value] : message.headers) {
    const std::size_t frame_bytes = name.size() + 16;
    if (!sendable(name) || room < frame_bytes) continue;
    const std::size_t bytes = std::min({value.size(), kHeaderBytesMax, room - frame_bytes});
    headers_.add(name, std::string_view(value).substr(0, bytes));
    room -= frame_bytes + bytes;
  }
  properties_._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG |
                       AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_APP_ID_FLAG;
  properties_.content_type = amqp_cstring_bytes("application/json");
  properties_.delivery_mode = AMQP_DELIVERY_PERSISTENT;
  properties_.timestamp = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
  properties_.app_id = amqp_cstring_bytes("holdfast");
  if (!message.message_id.empty()) {
    properties_._flags |= AMQP_BASIC_MESSAGE_ID_FLAG;
    properties_.message_id = bytes_of(message.message_id);
    properties_.message_id.len = std::min(properties_.message_id.len, kMessageIdBytesMax);
  }
  properties_.headers = headers_.table();
  if (properties_.headers.num_entries > 0) properties_._flags |= AMQP_BASIC_HEADERS_FLAG;
}

void read_properties(const amqp_basic_properties_t& properties, BrokerMessage& message) {
  if ((properties._flags & AMQP_BASIC_MESSAGE_ID_FLAG) != 0) {
    message.message_id = text_of(properties.message_id);
  }
  if ((properties._flags & AMQP_BASIC_HEADERS_FLAG) == 0) return;
  for (int i = 0; i < properties.headers.num_entries; ++i) {
    const amqp_table_entry_t& entry = properties.headers.entries[i];
    const std::string name = text_of(entry.key);
    if (name == "x-delivery-count" || name == "x-acquired-count") {
      const std::int64_t count = number_of(entry.value).value_or(0);
      message.returns =
          std::max(message.returns, static_cast<std::uint64_t>(std::max<std::int64_t>(0, count)));
    } else if (name == "x-first-death-reason") {
      message.dead_lettered_for = text_of(entry.value).value_or("");
    } else if (!brokers_own(name)) {
      if (auto text = text_of(entry.value)) message.headers.emplace_back(name, std::move(*text));
    }
  }
}

}  // namespace holdfast
