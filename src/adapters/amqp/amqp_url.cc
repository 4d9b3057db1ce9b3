#include "adapters/amqp/amqp_url.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include "holdfast/error.h"

namespace holdfast {
namespace {

constexpr std::uint16_t kPlainPort = 5672;
constexpr std::uint16_t kTlsPort = 5671;
constexpr std::size_t kShortStringBytesMax = 255;  // AMQP's own limit for names.
constexpr std::size_t kHostBytesMax = 253;         // That of DNS.

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::rejected, "cannot use the AMQP URL: " + why);
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

std::string decode(std::string_view text, const std::string& part) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
      const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
      if (!high || !low) {
        refuse("the " + part + " has a % that is not followed by two hexadecimal digits; " +
               "write %25 for a percent sign");
      }
      c = static_cast<char>(*high << 4 | *low);
      i += 2;
    }
    if (c == '\0') refuse("the " + part + " has a zero byte");
    decoded += c;
  }
  return decoded;
}

// All of `text` as a number up to `max`.
std::optional<unsigned> number(std::string_view text, unsigned max) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data(), end, value);
  if (text.empty() || code != std::errc() || rest != end || value > max) return std::nullopt;
  return value;
}

// Takes what stands before the first of `separators` off the front of `text`.
std::string_view take_until(std::string_view& text, std::string_view separators) {
  const std::size_t end = std::min(text.find_first_of(separators), text.size());
  const std::string_view front = text.substr(0, end);
  text.remove_prefix(end);
  return front;
}

void read_login(std::string_view login, AmqpUrl& url) {
  const std::string_view user = take_until(login, ":");
  url.user = decode(user, "user name");
  if (!login.empty()) url.password = decode(login.substr(1), "password");
  if (url.user.size() > kShortStringBytesMax) refuse("the user name is too long");
}

void read_port(std::string_view text, AmqpUrl& url) {
  const auto port = number(text, 65535);
  if (!port || *port == 0) {
    refuse(
        "the port is not a number from 1 to 65535; characters such as / ? # @ in a user name or "
        "password must be percent-encoded");
  }
  url.port = static_cast<std::uint16_t>(*port);
}

void read_address(std::string_view address, AmqpUrl& url) {
  static constexpr std::string_view kNameCharacters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
  static constexpr std::string_view kIpv6Characters = "0123456789abcdefABCDEF:.%";
  std::string_view host;
  std::string_view allowed = kNameCharacters;
  if (address.starts_with('[')) {
    address.remove_prefix(1);
    host = take_until(address, "]");
    if (address.empty()) refuse("the [ of an IPv6 address has no ]");
    address.remove_prefix(1);
    allowed = kIpv6Characters;
  } else {
    host = take_until(address, ":");
  }
  if (host.empty()) refuse("it names no host");
  if (host.size() > kHostBytesMax || host.find_first_not_of(allowed) != std::string_view::npos) {
    refuse(
        "its host is not a valid name or address; characters such as / ? # @ in a user name or "
        "password must be percent-encoded");
  }
  url.host = std::string(host);
  if (address.empty()) return;
  if (address.front() != ':') refuse("something follows the ] of its IPv6 address");
  if (address.size() > 1) read_port(address.substr(1), url);
}

// What other clients understand and what says how patient or what they are; Holdfast is so by
// itself.
constexpr std::array<std::string_view, 9> kPassedOver = {"connection_attempts",
                                                         "retry_delay",
                                                         "socket_timeout",
                                                         "stack_timeout",
                                                         "name",
                                                         "locale",
                                                         "reconnect_interval",
                                                         "backpressure_detection",
                                                         "blocked_connection_timeout"};

// A name that holds anything but letters may be a piece of a password.
std::string shown_name(std::string_view name) {
  for (const char c : name) {
    if ((c < 'a' || c > 'z') && c != '_') return "one of its parameters";
  }
  return "its parameter " + std::string(name);
}

unsigned number_parameter(std::string_view name, std::string_view value, unsigned max) {
  const auto read = number(value, max);
  if (!read) refuse(shown_name(name) + " is not a number from 0 to " + std::to_string(max));
  return *read;
}

void read_login_method(std::string method, AmqpUrl& url) {
  std::ranges::transform(method, method.begin(), [](unsigned char c) { return std::toupper(c); });
  if (method == "EXTERNAL") {
    url.external_login = true;
  } else if (method != "PLAIN") {
    refuse("its parameter auth_mechanism must be plain or external");
  }
}

void read_parameter(std::string_view parameter, AmqpUrl& url) {
  constexpr unsigned kMillisecondsMax = 3'600'000;
  const std::string_view name = take_until(parameter, "=");
  if (name.empty() && parameter.empty()) return;
  if (!parameter.empty()) parameter.remove_prefix(1);
  const std::string value = decode(parameter, "value of a parameter");
  if (name == "heartbeat") {
    const std::chrono::seconds seconds(number_parameter(name, value, 65535));
    url.heartbeat = std::clamp(seconds, AmqpUrl::kHeartbeatMin, AmqpUrl::kHeartbeatMax);
  } else if (name == "connection_timeout") {
    url.connect_time_max =
        std::chrono::milliseconds(number_parameter(name, value, kMillisecondsMax));
  } else if (name == "channel_max") {
    const unsigned most = number_parameter(name, value, 65535);
    if (most > 0 && most < AmqpUrl::kChannels) {
      refuse("its parameter channel_max is less than the " + std::to_string(AmqpUrl::kChannels) +
             " that a connection needs");
    }
  } else if (name == "frame_max") {
    const unsigned most = number_parameter(name, value, 1u << 30);
    if (most > 0 && most < AmqpUrl::kFrameBytesMin) {
      refuse("its parameter frame_max is less than " + std::to_string(AmqpUrl::kFrameBytesMin));
    }
  } else if (name == "cacertfile") {
    url.ca_file = value;
  } else if (name == "certfile") {
    url.certificate_file = value;
  } else if (name == "keyfile") {
    url.key_file = value;
  } else if (name == "server_name_indication") {
    url.tls_name = value;
    if (value.empty() || value == "disable") {
      refuse("its parameter server_name_indication must be the name in the broker's certificate");
    }
  } else if (name == "auth_mechanism") {
    read_login_method(value, url);
  } else if (name == "verify") {
    if (value != "verify_peer") {
      refuse(
          "its parameter verify may only be verify_peer: Holdfast sends no password to a broker "
          "that it cannot trust; name its authority with cacertfile or --ca-file");
    }
  } else if (std::ranges::find(kPassedOver, name) == kPassedOver.end()) {
    refuse(shown_name(name) + " is unknown to Holdfast; leave it out");
  }
}

void check_parameters(const AmqpUrl& url) {
  const bool files = !url.ca_file.empty() || !url.certificate_file.empty() || !url.key_file.empty();
  if (!url.tls && (files || url.external_login || !url.tls_name.empty())) {
    refuse("its parameters for TLS need amqps://");
  }
  if (url.certificate_file.empty() != url.key_file.empty()) {
    refuse("certfile and keyfile must be given together");
  }
  if (url.external_login && url.certificate_file.empty()) {
    refuse("auth_mechanism=external needs a client certificate: certfile and keyfile");
  }
}

}  // namespace

AmqpUrl parse_amqp_url(std::string_view text) {
  AmqpUrl url;
  if (text.size() > AmqpUrl::kBytesMax) {
    refuse("it is longer than " + std::to_string(AmqpUrl::kBytesMax) + " bytes");
  }
  if (text.starts_with("amqps://")) {
    url.tls = true;
  } else if (!text.starts_with("amqp://")) {
    refuse("it does not begin with amqp:// or amqps://");
  }
  url.port = url.tls ? kTlsPort : kPlainPort;
  text.remove_prefix(url.tls ? 8 : 7);

  std::string_view authority = take_until(text, "/?#");
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    read_login(authority.substr(0, at), url);
    authority.remove_prefix(at + 1);
  }
  read_address(authority, url);

  if (text.starts_with('/')) {
    text.remove_prefix(1);
    url.vhost = decode(take_until(text, "?#"), "virtual host");
    if (url.vhost.empty()) url.vhost = "/";
    if (url.vhost.size() > kShortStringBytesMax) refuse("the virtual host is too long");
  }
  std::string_view query = take_until(text, "#");
  while (!query.empty()) {
    query.remove_prefix(1);
    read_parameter(take_until(query, "&"), url);
  }
  check_parameters(url);
  return url;
}

std::string AmqpUrl::address() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string AmqpUrl::shown() const {
  return (tls ? "amqps://" : "amqp://") + percent_encode(user) + "@" + address() + "/" +
         percent_encode(vhost);
}

}  // namespace holdfast
