// A small server for what a process shows of itself: one request for each connection. Few
// connections at once, small requests, little time for each. Whoever asks now goes before those who
// came earlier and have not asked: a probe finds room however many sit there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/http/listen_address.h"
#include "base/time.h"

namespace holdfast {

using HttpFields = std::vector<std::pair<std::string, std::string>>;

struct Page {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  HttpFields headers = {};  // Besides those that every answer has.
  // In place of `body`: gives the next part each time, `size_bytes` in all. What it throws breaks
  // the answer off, which the asker notices by its length.
  std::function<std::string()> more = {};
  std::uint64_t size_bytes = 0;
};

struct PageRequest {
  std::string method;  // GET also for HEAD.
  std::string target;  // With its query.
  HttpFields headers;
  std::string body;
  std::uint16_t port = 0;  // That it came to.

  // Empty if there is none; `name` in small letters. Of several the first.
  std::string_view header(std::string_view name) const;
};

class HttpServer {
 public:
  // The page for a path, without its query; called on the server's own thread, must be quick.
  using Pages = std::function<Page(const std::string& path)>;

  // A site that reads requests itself, on `threads` threads of its own, and may take its time.
  struct Site {
    std::function<Page(const PageRequest&)> answer;
    std::size_t threads = 4;
    std::uint64_t body_bytes_max = 1024 * 1024;  // Of a POST.
    // Until the request is there: who looks may sit before a slow or busy machine.
    Duration request_time_max = std::chrono::seconds(20);
  };

  // For one more, the oldest of them is closed.
  static constexpr std::size_t kConnectionsMax = 32;
  // Of other machines. The rest is for this one, whose probes decide about our life.
  static constexpr std::size_t kConnectionsFromElsewhereMax = 24;
  static constexpr unsigned kRequestBytesMax = 8 * 1024;
  // Until the request is there, and then until the last byte of the answer is taken.
  static constexpr Duration kRequestTimeMax = std::chrono::seconds(1);
  static constexpr Duration kAnswerTimeMax = std::chrono::seconds(5);
  // For one part of an answer that comes in parts.
  static constexpr Duration kPartTimeMax = std::chrono::seconds(60);

  // Listens when it returns. Throws Error (machine) if it cannot.
  HttpServer(const ListenAddress& address, Pages pages);
  HttpServer(const ListenAddress& address, Site site);
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
