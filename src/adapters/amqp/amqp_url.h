// Where a broker is and as whom to log in: amqp://user:password@host:port/vhost?heartbeat=10, with
// the parameters of RabbitMQ's own clients: cacertfile, certfile, keyfile, verify,
// server_name_indication, auth_mechanism, heartbeat, connection_timeout, channel_max, frame_max.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/text.h"

namespace holdfast {

struct AmqpUrl {
  // A broker takes a silent worker for gone after two to three of these. With 15 s and the patience
  // of who is next it took up to 51 s until a vanished node's job ran again; with 10 s, 36 s.
  static constexpr std::chrono::seconds kHeartbeatDefault{10};
  static constexpr std::chrono::seconds kHeartbeatMin{5};
  static constexpr std::chrono::seconds kHeartbeatMax{60};
  static constexpr std::size_t kBytesMax = 4096;
  // What one connection of ours needs; a URL that allows less is refused.
  static constexpr unsigned kChannels = 16;
  static constexpr unsigned kFrameBytesMin = 8192;

  bool tls = false;
  std::string host;  // Without the brackets of an IPv6 address.
  std::uint16_t port = 0;
  std::string user = "guest";
  std::string password = "guest";
  std::string vhost = "/";
  std::chrono::seconds heartbeat = kHeartbeatDefault;

  // Milliseconds in the URL; zero: not said.
  std::chrono::milliseconds connect_time_max{0};
  bool external_login = false;  // As whom the client certificate says, without a password.
  std::string tls_name;         // Whose certificate the broker shows; empty: the host's.
  std::filesystem::path ca_file;
  std::filesystem::path certificate_file;
  std::filesystem::path key_file;

  // host:port, as people write it.
  std::string address() const;
  // The whole URL but for the password, for messages and logs.
  std::string shown() const;
};

// Error (rejected) with a sentence that never repeats what may be the password. Percent-encoding is
// undone; no path and "/" both mean the virtual host "/"; a parameter that is not known, or that
// would make the connection unsafe, is refused by its name; a heartbeat outside the limits is moved
// to the nearer one.
AmqpUrl parse_amqp_url(std::string_view text);

}  // namespace holdfast
