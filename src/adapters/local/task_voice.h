// What the task says: reads its messages, passes them on at a bounded rate, and answers those who
// wait for a snapshot.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/local/control_socket.h"
#include "ports/clock.h"
#include "ports/runner.h"

namespace holdfast {

// One thread.
class TaskVoice {
 public:
  // TaskSaid events come at most this often; what is said in between is merged, the last word wins.
  static constexpr Duration kSaidInterval = std::chrono::milliseconds(200);
  static constexpr std::size_t kWaitersMax = 64;

  // Borrows `socket` and `clock`. TaskSaid and TaskCheckpoint go to `post`.
  TaskVoice(ControlSocket& socket, const Clock& clock, std::function<void(TaskEvent)> post);

  // Reads what has arrived, a bounded number of messages.
  void listen();

  // When tell_if_due() has something to do; nullopt: nothing waits.
  std::optional<TimePoint> next_due() const;
  void tell_if_due();

  // The task has ended: reads and passes on the last of what it said.
  void finish();

  // A snapshot begins: it serves everyone who waits now. Returns since when the first of them
  // waits; nullopt if nobody does.
  std::optional<TimePoint> begin_snapshot();

  // Answers those whom the snapshot served: `failure` is empty if it was taken.
  void end_snapshot(std::string_view failure);

 private:
  struct Waiter {
    SenderAddress sender;
    TimePoint since;
  };

  void hear(const Datagram& datagram);
  void note_ignored(const std::vector<std::string>& ignored);
  void tell();
  void announce_checkpoint();

  ControlSocket& socket_;
  const Clock& clock_;
  const std::function<void(TaskEvent)> post_;
  std::optional<TaskSaid> unsaid_;
  TimePoint next_said_ = TimePoint::min();
  bool checkpoint_asked_ = false;      // Since the last snapshot began.
  bool checkpoint_announced_ = false;  // TaskCheckpoint was posted for it.
  bool snapshot_runs_ = false;
  std::vector<Waiter> waiting_;  // Not served by a snapshot yet.
  std::vector<Waiter> served_;   // By the snapshot that runs.
  std::size_t ignored_count_ = 0;
};

}  // namespace holdfast
