// Where a server is: scheme, host, port and the path before everything that is asked of it.
#pragma once

#include <cstdint>
#include <string>

namespace holdfast {

struct Endpoint {
  bool tls = true;
  std::string host;  // A name or an address; an IPv6 address without its brackets.
  std::uint16_t port = 443;
  std::string path;  // Empty, or begins with '/' and does not end with one.

  // The value of the Host header: the port is named only where it is not the scheme's own.
  std::string authority() const;
  // For people: https://host[:port][path].
  std::string text() const;
};

// Throws Error (rejected), whose text never repeats a user name or password of `url`.
Endpoint parse_endpoint(const std::string& url);

}  // namespace holdfast
