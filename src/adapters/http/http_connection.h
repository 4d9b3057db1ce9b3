// One connection to a server, used for one exchange after the other. The only file that knows
// Boost.Beast; no thread of its own: every call runs its I/O until it is done or its deadline.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "adapters/http/endpoint.h"
#include "adapters/http/http_message.h"
#include "adapters/net/dialer.h"
#include "base/time.h"
#include "ports/clock.h"

namespace holdfast {

// What TLS trusts. Shared, read-only, by all connections of a client.
class TlsTrust {
 public:
  // The machine's authorities and those of `ca_file`, which may be empty. Throws Error (machine).
  TlsTrust(const Endpoint& endpoint, const std::filesystem::path& ca_file);
  ~TlsTrust();
  TlsTrust(const TlsTrust&) = delete;
  TlsTrust& operator=(const TlsTrust&) = delete;

  struct Context;
  Context& context() const noexcept { return *context_; }

 private:
  std::unique_ptr<Context> context_;
};

// The connection broke before any byte of the answer came. The server may have done what was asked.
struct BrokenBeforeAnswer {
  std::string reason;
};

class HttpConnection {
 public:
  virtual ~HttpConnection() = default;

  // Sends and waits for the whole answer. Throws Error, naming the endpoint: `unavailable` when
  // the deadline comes first or the answer ends early, `corrupt` when it is longer than allowed.
  virtual std::variant<HttpResponse, BrokenBeforeAnswer> exchange(const HttpRequest& request,
                                                                  TimePoint deadline) = 0;

  // True if another exchange may follow on this connection.
  virtual bool reusable() const = 0;

  // Which of the endpoint's addresses it goes to.
  virtual const std::string& address() const = 0;

  // True if the server has closed the connection, or spoken unasked, since the last exchange.
  virtual bool stale() const = 0;
};

// Says what is wrong with an address; empty if nothing is.
using AddressRefusal = std::function<std::string(const std::string& address)>;

// Nothing is said to an address that `refuse`, if there is one, refuses: Error (rejected).
//
// With a `trust` through TLS, which verifies the server's certificate for the endpoint's host.
// Throws Error: `unavailable`, or `denied` when the server cannot be trusted.
std::unique_ptr<HttpConnection> connect(const Endpoint& endpoint, Dialer& dialer,
                                        const TlsTrust* trust, const AddressRefusal& refuse,
                                        const Clock& clock, TimePoint deadline);

}  // namespace holdfast
