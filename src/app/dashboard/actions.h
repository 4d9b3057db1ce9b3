// What a person may do to jobs through the dashboard, exactly as the commands cancel and dead do
// it. Any thread: two at once are as two people with those commands.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "app/config.h"
#include "ports/clock.h"

namespace holdfast {

class DashboardActions {
 public:
  // Of one request.
  static constexpr std::size_t kJobsMax = 10'000;

  // What became of one job.
  struct Outcome {
    std::string job;
    bool done = false;
    std::string text;  // A sentence.
  };

  // Borrows the clock.
  DashboardActions(QueueConfig queue, StoreConfig store, Clock& clock)
      : queue_(std::move(queue)), store_(std::move(store)), clock_(clock) {}

  // Each throws Error; what was done until then stays done.
  std::vector<Outcome> cancel(const std::vector<std::string>& jobs);
  std::vector<Outcome> requeue(const std::set<std::string>& letters);
  std::vector<Outcome> drop(const std::set<std::string>& letters);

 private:
  const QueueConfig queue_;
  const StoreConfig store_;
  Clock& clock_;
};

}  // namespace holdfast
