// Who may have an answer of the dashboard. It shows what jobs printed and hands out their results,
// with the keys of whoever started it; so a page of another origin, a name that was made to point
// to this machine, and other users of it get nothing. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/http/http_server.h"
#include "adapters/http/listen_address.h"

namespace holdfast {

class DashboardGate {
 public:
  // `host`: the address at which it listens. `token`: what the link that was printed at the start
  // carries.
  DashboardGate(std::string host, std::string token, bool actions);

  // Empty: it may be answered; else what is wrong, with the status to answer.
  struct Verdict {
    unsigned status = 0;
    std::string text;
    bool good() const noexcept { return status == 0; }
  };
  // For everything, the page's own files included.
  Verdict may_ask(const PageRequest& request) const;
  // For data: also with the token.
  Verdict may_read(const PageRequest& request) const;
  // For what changes something.
  Verdict may_act(const PageRequest& request) const;

  // The secret part of a link to `what`, which a browser follows without our headers. It opens this
  // one thing only.
  std::string key_to(std::string_view what) const;
  bool opens(std::string_view key, std::string_view what) const;

 private:
  bool is_ours(std::string_view host, std::uint16_t port) const;

  const std::string host_;
  const std::string token_;
  const bool actions_;
};

// Each answer carries these: nothing from elsewhere is loaded, nothing of ours is framed.
HttpFields security_headers();

}  // namespace holdfast
