// What a host's name tells.
#pragma once

#include <string_view>

namespace holdfast {

// What is said to such a host travels over no network.
inline bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace holdfast
