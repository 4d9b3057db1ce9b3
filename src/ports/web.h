// What lies at public addresses of the web. Any thread may call.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace holdfast {

class Web {
 public:
  virtual ~Web() = default;

  struct Asked {
    std::string url;
    std::uint64_t first = 0;  // From which byte on; a server may begin at 0 all the same.
    // Whether an address may be asked for, of every redirect too, and whether its host may be one
    // of this machine's own network.
    std::function<bool(const std::string& url)> allowed;
    std::function<bool(const std::string& url)> may_be_own_network;
  };

  // Gives the body to `take` as it comes; `begins_at` is told first from which byte on. False if it
  // is certainly not there. What `take` throws ends it. Throws Error: `unavailable`; `rejected` for
  // an address that is not allowed; `denied`.
  [[nodiscard]] virtual bool download(const Asked& asked,
                                      const std::function<void(std::uint64_t first)>& begins_at,
                                      const std::function<void(std::string_view bytes)>& take) = 0;
};

}  // namespace holdfast
