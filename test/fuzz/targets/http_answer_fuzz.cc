// An HTTP server that says anything: the answer is read, or refused, and never longer than allowed.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapters/http/http_connection.h"
#include "adapters/local/system_clock.h"
#include "base/check.h"
#include "base/file.h"
#include "fuzz/fuzz_target.h"

namespace {

constexpr std::uint64_t kAnswerBytesMax = 4096;

struct Listener {
  holdfast::FileDescriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::uint16_t port = 0;

  Listener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    holdfast::check(::bind(socket.get(), any, size) == 0 && ::listen(socket.get(), 4) == 0 &&
                        ::getsockname(socket.get(), any, &size) == 0,
                    "a server can listen");
    port = ntohs(address.sin_port);
  }
};

// Sends the answer without waiting for the question. The kernel's buffers hold all of it.
void answer_with(const holdfast::FileDescriptor& client, std::string_view bytes) {
  static_cast<void>(!::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
  ::shutdown(client.get(), SHUT_WR);
}

}  // namespace

void holdfast::fuzz::try_bytes(std::string_view input) {
  static const Listener listener;
  static const SystemClock clock;
  Endpoint endpoint;
  endpoint.tls = false;
  endpoint.host = "127.0.0.1";
  endpoint.port = listener.port;
  HttpRequest request;
  request.method = "GET";
  request.target = "/";
  request.answer_bytes_max = kAnswerBytesMax;
  may_refuse([&] {
    const auto deadline = clock.now() + std::chrono::seconds(5);
    Dialer dialer;
    const auto connection = connect(endpoint, dialer, nullptr, {}, clock, deadline);
    const FileDescriptor client(::accept(listener.socket.get(), nullptr, nullptr));
    answer_with(client, input);
    const auto answer = connection->exchange(request, deadline);
    check(clock.now() < deadline, "an answer that is over is not waited for");
    if (const auto* response = std::get_if<HttpResponse>(&answer)) {
      check(response->body.size() <= kAnswerBytesMax, "an answer has its limit");
      static_cast<void>(response->header("date"));
    }
  });
}
