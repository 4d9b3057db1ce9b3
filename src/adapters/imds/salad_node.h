// The metadata service of SaladCloud, which every container there reaches at one address. It wants
// a header of its own and no proxy in between, which our client never uses.
#pragma once

#include <string>
#include <string_view>

#include "adapters/http/http_client.h"
#include "ports/clock.h"
#include "ports/node.h"

namespace holdfast {

class SaladNode final : public Node {
 public:
  static constexpr const char* kUsualUrl = "http://169.254.169.254";

  // `url` is http://HOST[:PORT]. Borrows the clock. Throws Error (rejected) if it is none.
  SaladNode(const std::string& url, const Clock& clock);

  void set_deletion_cost(std::uint32_t cost, TimePoint deadline) override;
  void replace(const std::string& reason, TimePoint deadline) override;

 private:
  void send(std::string_view method, std::string_view target, std::string_view body,
            TimePoint deadline);

  HttpClient client_;
};

}  // namespace holdfast
