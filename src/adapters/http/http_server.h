// A small server for what a process shows of itself: one answer for each GET, one request for each
// connection. Few connections at once, small requests, little time for each.
#pragma once

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

  // More connections than this are closed at once.
  static constexpr int kConnectionsMax = 32;
  static constexpr unsigned kRequestBytesMax = 8 * 1024;
  // From accepting a connection to the last byte of the answer.
  static constexpr Duration kConnectionTimeMax = std::chrono::seconds(10);

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
