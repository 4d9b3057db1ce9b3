// Turns a host name into addresses.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace holdfast {

// Addresses of `host` in the order in which the system would try them, at most kAddressesMax; an
// address stands for itself. A name that has a dot is looked up as it stands before the machine's
// search domains are tried, so that a slow name server is asked once and not once for each of them.
// Gives up about when `time_left` is over: the system's resolver knows whole seconds, per name
// server and search domain, and nothing finer.
//
// Throws Error (unavailable) if there are none. Also a host that does not exist is `unavailable`:
// a router whose own line is down says so of every name.
std::vector<std::string> resolve(const std::string& host, Duration time_left);

inline constexpr std::size_t kAddressesMax = 8;

bool is_address(const std::string& host);

}  // namespace holdfast
