// A client of one server: HTTP/1.1, keep-alive, TLS 1.2 or later with the server always verified.
// Holds no threads; idle connections wait in a small pool.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "adapters/http/endpoint.h"
#include "adapters/http/http_connection.h"
#include "adapters/http/http_message.h"
#include "base/mailbox.h"
#include "ports/clock.h"

namespace holdfast {

class HttpClient {
 public:
  // Connects when first asked. `ca_file` may be empty; the system's certificate authorities count
  // either way. Borrows the clock. Throws Error (machine) if https finds no authorities to trust.
  // `refuse` says what is wrong with an address that it must not speak with.
  HttpClient(Endpoint endpoint, const std::filesystem::path& ca_file, const Clock& clock,
             AddressRefusal refuse = {});

  // One exchange, by its deadline, on a connection of its own while it lasts. Any status is an
  // answer. Any thread. Throws Error, which names the server and never a header of the request.
  HttpResponse call(const HttpRequest& request, TimePoint deadline);

  const Endpoint& endpoint() const noexcept { return endpoint_; }

 private:
  // Idle connections that are kept; more than that many calls at once connect anew each time.
  static constexpr std::size_t kIdleMax = 16;
  // Servers and middleboxes forget idle connections silently, most of them after a minute.
  static constexpr Duration kIdleTimeMax = std::chrono::seconds(45);

  struct Idle {
    std::unique_ptr<HttpConnection> connection;
    TimePoint since;
  };
  struct Permit {};

  HttpResponse first_exchange(HttpConnection& connection, const HttpRequest& request,
                              TimePoint deadline) const;
  std::unique_ptr<HttpConnection> take_idle();
  void keep(std::unique_ptr<HttpConnection> connection);

  const Endpoint endpoint_;
  const Clock& clock_;
  const std::unique_ptr<const TlsTrust> trust_;  // None for plain http.
  const AddressRefusal refuse_;
  Dialer dialer_;
  Mailbox<Idle> idle_;
  Mailbox<Permit> permits_;  // One for every idle connection that may still be added.
};

}  // namespace holdfast
