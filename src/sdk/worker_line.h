// The program's line to its worker: datagrams to HOLDFAST_SOCKET (docs/task-contract.md).
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace holdfast {

// One thread. Without a worker everything is silently dropped.
class WorkerLine {
 public:
  // `socket` may be empty: there is no worker. One that cannot be reached is said once on
  // standard error; the program runs all the same.
  explicit WorkerLine(const std::string& socket);
  ~WorkerLine();
  WorkerLine(const WorkerLine&) = delete;
  WorkerLine& operator=(const WorkerLine&) = delete;

  bool connected() const noexcept { return socket_ >= 0; }

  // False if the worker has no room for it within `patience`.
  bool tell(std::string_view message, std::chrono::milliseconds patience) noexcept;

  // Asks for a snapshot and waits until it is taken. The answer's text: "OK", "ERROR reason", or
  // empty if none came in time. Waits for the shorter of the two once `asked_to_stop` says so.
  std::string ask_for_snapshot(const std::function<bool()>& asked_to_stop) noexcept;

 private:
  int socket_ = -1;
};

}  // namespace holdfast
