// Tells the cloud what it would cost to lose this worker, whenever that changes, from a thread of
// its own: a metadata service that is away, slow or wrong never disturbs a job.
#pragma once

#include <cstdint>
#include <optional>
#include <thread>

#include "base/mailbox.h"
#include "core/deletion_cost.h"
#include "ports/clock.h"
#include "ports/node.h"
#include "worker/worker_board.h"

namespace holdfast {

// What is told and when. One thread.
class CostTeller {
 public:
  // A worker that becomes busy or idle is told soon, one whose unsaved work grows so often.
  static constexpr Duration kEvery = std::chrono::seconds(15);
  static constexpr Duration kLookEvery = std::chrono::seconds(1);
  static constexpr Duration kRequestTime = std::chrono::seconds(5);
  // Nobody is asked again so soon after a failure; twice as long after each further one.
  static constexpr Duration kFirstPause = std::chrono::seconds(30);
  static constexpr Duration kPauseMax = std::chrono::minutes(10);

  // Borrows all of them.
  CostTeller(Node& node, const WorkerBoard& board, const Clock& clock)
      : node_(node), board_(board), clock_(clock) {}

  // Tells what is to be told now; when to come back at the latest.
  TimePoint step();

 private:
  bool due(Occupation occupation, std::uint32_t cost) const;
  void failed(const std::string& what);

  Node& node_;
  const WorkerBoard& board_;
  const Clock& clock_;
  std::optional<std::uint32_t> told_;
  Occupation told_occupation_ = Occupation::idle;
  TimePoint told_at_;
  TimePoint not_before_ = TimePoint::min();
  Duration pause_{0};  // After the last failure; zero: the last call went well.
};

// A CostTeller on its own thread until destroyed.
class CostThread {
 public:
  CostThread(Node& node, const WorkerBoard& board, const Clock& clock);
  ~CostThread();

 private:
  struct Stop {};

  Mailbox<Stop> stop_;
  std::thread thread_;
};

}  // namespace holdfast
