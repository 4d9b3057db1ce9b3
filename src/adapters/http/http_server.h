// A small server for what a process shows of itself: one answer for each GET, one request for each
// connection. Few connections at once, small requests, little time for each. Whoever asks now goes
// before those who came earlier and have not asked: a probe finds room however many sit there.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "adapters/http/listen_address.h"
#include "base/time.h"

namespace holdfast {

struct Page {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

class HttpServer {
 public:
  // The page for a path, without its query; called on the server's own thread, must be quick.
  using Pages = std::function<Page(const std::string& path)>;

  // For one more, the oldest of them is closed.
  static constexpr std::size_t kConnectionsMax = 32;
  // Of other machines. The rest is for this one, whose probes decide about our life.
  static constexpr std::size_t kConnectionsFromElsewhereMax = 24;
  static constexpr unsigned kRequestBytesMax = 8 * 1024;
  // Until the request is there, and then until the last byte of the answer is taken.
  static constexpr Duration kRequestTimeMax = std::chrono::seconds(1);
  static constexpr Duration kAnswerTimeMax = std::chrono::seconds(5);

  // Listens when it returns. Throws Error (machine) if it cannot.
  HttpServer(const ListenAddress& address, Pages pages);
  // Ends all connections.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Where it listens, with the port that it was given.
  const ListenAddress& address() const noexcept { return address_; }

 private:
  class Loop;

  std::unique_ptr<Loop> loop_;
  ListenAddress address_;
  std::thread thread_;
};

}  // namespace holdfast
