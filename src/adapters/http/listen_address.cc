#include "adapters/http/listen_address.h"

#include <charconv>
#include <string_view>

#include "adapters/net/resolve.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

[[noreturn]] void refuse(const std::string& text) {
  throw Error(ErrorKind::rejected, "'" + text +
                                       "' is not an address to listen at; write a port such as "
                                       "9300, or ADDRESS:PORT such as 0.0.0.0:9300 or [::]:9300");
}

}  // namespace

std::string ListenAddress::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

ListenAddress parse_listen_address(const std::string& text) {
  ListenAddress address;
  const std::size_t colon = text.rfind(':');
  std::string_view port = text;
  if (colon != std::string::npos) {
    std::string host = text.substr(0, colon);
    port.remove_prefix(colon + 1);
    const bool brackets = host.starts_with('[') && host.ends_with(']');
    if (brackets) host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = address.host;
    if (!host.empty()) address.host = host;
    const bool v6 = address.host.find(':') != std::string::npos;
    if (v6 != brackets || !is_address(address.host)) refuse(text);
  }
  const char* const last = port.data() + port.size();
  const auto [end, error] = std::from_chars(port.data(), last, address.port);
  if (error != std::errc() || end != last) refuse(text);
  return address;
}

ListenAddress reachable(ListenAddress address) {
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  return address;
}

}  // namespace holdfast
