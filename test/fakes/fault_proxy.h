// A TCP proxy between a client and a real server that breaks the wire when told to. It knows
// nothing of what it carries, so it serves HTTP, TLS and AMQP alike. One thread; orders come from
// any thread and are in force when they return.
#pragma once

#include <poll.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"

namespace holdfast {

class FaultProxy {
 public:
  // Listens on `address`, a dotted one, and carries every connection to `host`:`port`.
  FaultProxy(std::string host, std::uint16_t port, const std::string& address = "127.0.0.1");
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  std::uint16_t port() const noexcept { return port_; }

  // The next bytes that a server sends reach nobody; their connection is reset at both ends.
  void swallow_next_answer();
  // As above, but counted from the next time that a client has sent `request_bytes`.
  void swallow_answer_to(std::string request_bytes);
  // Connections are reset once so many bytes (of all of them, from now on) have reached clients.
  void cut_answers_after(std::uint64_t bytes);
  // The same for bytes that have reached the server.
  void cut_requests_after(std::uint64_t bytes);
  // What servers send from now on is held back for so long.
  void delay_answers(std::chrono::milliseconds delay);
  // Nothing is carried either way, and nobody is told: a cable pulled out.
  void freeze();
  // All present connections are reset.
  void cut();
  // Present connections are reset, and new ones refused.
  void refuse();
  // Ends all of the above; what was frozen goes on.
  void heal();

  std::uint64_t connections_made() const;
  // Waits until an answer was swallowed or a connection cut, once more than the last time it said
  // so. False if that has not happened after `time_max`.
  [[nodiscard]] bool wait_for_fault(std::chrono::milliseconds time_max);

 private:
  struct Link;
  struct Faults {
    bool swallow_next = false;
    std::optional<std::string> swallow_to;
    std::optional<std::uint64_t> answer_bytes_left;
    std::optional<std::uint64_t> request_bytes_left;
    std::chrono::milliseconds delay{0};
    bool frozen = false;
    bool refusing = false;
    bool cut = false;
  };

  void order(const std::function<void(Faults&)>& change);
  void run();
  // What to poll for: the wake, the listener, then client and server of every link.
  std::vector<pollfd> watched(int& wait_ms) const;
  void carry_all(const std::vector<pollfd>& polled);
  void accept_one();
  // False if the link is over. With the mutex held.
  bool carry(Link& link, int ready_client, int ready_server);
  bool take_request(Link& link);
  bool take_answer(Link& link);
  void reset(Link& link);
  void note_fault();

  const std::string host_;
  const std::uint16_t server_port_;
  const std::uint32_t address_;  // Network byte order.
  FileDescriptor wake_;
  FileDescriptor listener_;  // The thread's own, as are the links.
  const std::uint16_t port_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Faults faults_;
  bool ending_ = false;
  std::uint64_t orders_given_ = 0;
  std::uint64_t orders_taken_ = 0;
  std::uint64_t connections_made_ = 0;
  std::uint64_t faults_made_ = 0;
  std::uint64_t faults_told_ = 0;

  std::vector<std::unique_ptr<Link>> links_;
  std::thread thread_;
};

}  // namespace holdfast
