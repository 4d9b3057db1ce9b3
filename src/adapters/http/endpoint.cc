#include "adapters/http/endpoint.h"

#include <charconv>
#include <string_view>

#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr std::string_view kFormHint = "; it must look like https://host or https://host:port";

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorKind::rejected, what + std::string(kFormHint));
}

std::uint16_t parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    refuse("an endpoint's port is not a number from 1 to 65535");
  }
  return port;
}

bool printable(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

// Splits "host", "host:port", "[v6]" and "[v6]:port".
void parse_authority(std::string_view text, Endpoint& endpoint) {
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) refuse("an endpoint's '[' has no ']'");
    endpoint.host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else {
    const std::size_t colon = text.find(':');
    endpoint.host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (endpoint.host.empty()) refuse("an endpoint has no host");
  if (rest.empty()) return;
  if (!rest.starts_with(':')) refuse("an endpoint has unexpected text after its host");
  endpoint.port = parse_port(rest.substr(1));
}

}  // namespace

std::string Endpoint::authority() const {
  const bool v6 = host.find(':') != std::string::npos;
  const std::string name = v6 ? "[" + host + "]" : host;
  return port == (tls ? 443 : 80) ? name : name + ":" + std::to_string(port);
}

std::string Endpoint::text() const {
  return (tls ? "https://" : "http://") + authority() + path;
}

Endpoint parse_endpoint(const std::string& url) {
  Endpoint endpoint;
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    endpoint.tls = false;
    endpoint.port = 80;
  } else {
    refuse("an endpoint begins with neither https:// nor http://");
  }
  // Checked before anything of the text is repeated: it may hold a password.
  if (rest.find('@') != std::string_view::npos) refuse("an endpoint must not hold a user name");
  if (!printable(rest)) refuse("an endpoint holds a space or a character that is not ASCII");
  if (rest.find_first_of("?#") != std::string_view::npos) refuse("an endpoint ends before any '?'");

  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    endpoint.path = rest.substr(slash);
    while (endpoint.path.ends_with('/')) endpoint.path.pop_back();
  }
  parse_authority(rest.substr(0, slash), endpoint);
  return endpoint;
}

}  // namespace holdfast
