#include "adapters/http/http_client.h"

#include <utility>

#include "holdfast/error.h"

namespace holdfast {

HttpClient::HttpClient(Endpoint endpoint, const std::filesystem::path& ca_file, const Clock& clock,
                       AddressRefusal refuse)
    : endpoint_(std::move(endpoint)),
      clock_(clock),
      trust_(endpoint_.tls ? std::make_unique<const TlsTrust>(endpoint_, ca_file) : nullptr),
      refuse_(std::move(refuse)) {
  for (std::size_t i = 0; i < kIdleMax; ++i) permits_.post({});
}

HttpResponse HttpClient::call(const HttpRequest& request, TimePoint deadline) {
  auto connection = take_idle();
  if (connection) {
    auto outcome = connection->exchange(request, deadline);
    if (auto* answer = std::get_if<HttpResponse>(&outcome)) {
      keep(std::move(connection));
      return std::move(*answer);
    }
    // The usual way for a kept connection to end: the server closed it as we wrote.
    if (request.repeat == Repeat::forbidden) {
      throw Error(ErrorKind::unavailable, endpoint_.text() + " closed the connection: " +
                                              std::get<BrokenBeforeAnswer>(outcome).reason);
    }
  }
  connection = connect(endpoint_, dialer_, trust_.get(), refuse_, clock_, deadline);
  try {
    HttpResponse answer = first_exchange(*connection, request, deadline);
    keep(std::move(connection));
    return answer;
  } catch (const Error& error) {
    if (error.may_work_later()) dialer_.distrust(connection->address());
    throw;
  }
}

HttpResponse HttpClient::first_exchange(HttpConnection& connection, const HttpRequest& request,
                                        TimePoint deadline) const {
  auto outcome = connection.exchange(request, deadline);
  if (auto* broken = std::get_if<BrokenBeforeAnswer>(&outcome)) {
    throw Error(ErrorKind::unavailable,
                endpoint_.text() + " closed the connection without an answer: " + broken->reason);
  }
  return std::move(std::get<HttpResponse>(outcome));
}

std::unique_ptr<HttpConnection> HttpClient::take_idle() {
  while (auto idle = idle_.take()) {  // Ends: each turn takes one of at most kIdleMax.
    permits_.post({});
    const bool fresh = clock_.now() - idle->since < kIdleTimeMax;
    if (fresh && !idle->connection->stale()) return std::move(idle->connection);
  }
  return nullptr;
}

void HttpClient::keep(std::unique_ptr<HttpConnection> connection) {
  if (!connection->reusable() || !permits_.take()) return;
  idle_.post({std::move(connection), clock_.now()});
}

}  // namespace holdfast
