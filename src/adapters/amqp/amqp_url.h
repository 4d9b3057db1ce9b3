// Where a broker is and as whom to log in: amqp://user:password@host:port/vhost?heartbeat=10
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/text.h"

namespace holdfast {

struct AmqpUrl {
  // A dead worker is noticed after two to three of these; shorter ones fail on busy machines.
  // A broker takes a silent worker for gone after two to three of these. With 15 s and the patience
  // of who is next it took up to 51 s until a vanished node's job ran again; with 10 s, 36 s.
  static constexpr std::chrono::seconds kHeartbeatDefault{10};
  static constexpr std::chrono::seconds kHeartbeatMin{5};
  static constexpr std::chrono::seconds kHeartbeatMax{60};
  static constexpr std::size_t kBytesMax = 4096;

  bool tls = false;
  std::string host;  // Without the brackets of an IPv6 address.
  std::uint16_t port = 0;
  std::string user = "guest";
  std::string password = "guest";
  std::string vhost = "/";
  std::chrono::seconds heartbeat = kHeartbeatDefault;

  // host:port, as people write it.
  std::string address() const;
  // The whole URL but for the password, for messages and logs.
  std::string shown() const;
};

// Error (rejected) with a sentence that never repeats what may be the password. Percent-encoding is
// undone; no path and "/" both mean the virtual host "/"; unknown parameters are passed over; a
// heartbeat outside the limits is moved to the nearer one.
AmqpUrl parse_amqp_url(std::string_view text);

}  // namespace holdfast
