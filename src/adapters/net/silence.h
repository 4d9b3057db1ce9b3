// Servers that we wait for, so that a person who waits for us learns which one is silent. A server
// may take a connection and never answer; only the deadline would tell, and that may be far.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "base/mailbox.h"
#include "ports/clock.h"

namespace holdfast {

// Lives as long as an answer of `server` is waited for. Any thread.
class AwaitedServer {
 public:
  explicit AwaitedServer(const std::string& server);
  ~AwaitedServer();
  AwaitedServer(const AwaitedServer&) = delete;
  AwaitedServer& operator=(const AwaitedServer&) = delete;

 private:
  std::uint64_t number_ = 0;
};

// Tells of every server, once, that was waited for longer than kTellAfter. At most one in a
// program.
class SilenceWatch {
 public:
  // Longer than RabbitMQ's management interface is waited for, on which nothing depends.
  static constexpr std::chrono::seconds kTellAfter{5};
  using Tell = std::function<void(const std::string& server)>;

  // Borrows the clock. `tell` is called in a thread of the watch.
  SilenceWatch(const Clock& clock, Tell tell);
  ~SilenceWatch();
  SilenceWatch(const SilenceWatch&) = delete;
  SilenceWatch& operator=(const SilenceWatch&) = delete;

 private:
  void watch();

  const Clock& clock_;
  const Tell tell_;
  Mailbox<bool> end_;
  std::thread thread_;  // Last: it uses everything above.
};

}  // namespace holdfast
