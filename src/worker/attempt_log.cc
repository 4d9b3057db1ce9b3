// How an attempt keeps what its task prints.
#include <algorithm>

#include "worker/attempt.h"

namespace holdfast {

namespace {

constexpr Duration kLogWait = std::chrono::seconds(10);

}  // namespace

// An attempt after one that vanished may vanish too, and what it prints be all that is heard of it.
void Attempt::begin_log() {
  const std::vector<EndingNote>& endings = log_.newest()->endings;
  const bool may_vanish = !endings.empty() && endings.back().ending == Ending::lost;
  ports_.task_log.begin(job_.id, number(), may_vanish);
  log_begun_ = true;
}

// Who cancelled the job looks for the end of its log, which says that the program is gone.
void Attempt::tell_gone() {
  if (!log_begun_) begin_log();
  ports_.task_log.end(true);
  await_log();
}

// Who learns that a job has ended finds its log whole, unless the store does not take it: that
// holds no job back.
void Attempt::await_log() {
  const TimePoint until = ports_.clock.now() + kLogWait;
  while (ports_.task_log.busy() && ports_.clock.now() < until) {
    watch_.look_if_due();
    static_cast<void>(events_.next(std::min(until, watch_.due())));
  }
}

}  // namespace holdfast
