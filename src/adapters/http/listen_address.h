// Where a server of ours listens: an address of this machine and a port.
#pragma once

#include <cstdint>
#include <string>

namespace holdfast {

struct ListenAddress {
  std::string host = "127.0.0.1";  // An address, never a name; an IPv6 one without its brackets.
  std::uint16_t port = 0;          // 0: any that is free.

  // host:port, with brackets around an IPv6 address.
  std::string text() const;
};

// Reads PORT, :PORT, ADDRESS:PORT, localhost:PORT or [IPv6]:PORT. Without an address it is the
// loopback one: who wants to be seen by others has to say so. Throws Error (rejected).
ListenAddress parse_listen_address(const std::string& text);

// Where to find who listens there: an address that stands for all of them is none to go to.
ListenAddress reachable(ListenAddress address);

}  // namespace holdfast
