// What a worker is doing just now, for those who show it or act on it: the health page, the
// metrics, the deletion cost. Its threads write, each its own values; any thread reads. A hint, not
// the truth: that stands in the job's log.
#pragma once

#include <cstdint>

#include "base/shared_value.h"
#include "base/time.h"

namespace holdfast {

enum class WorkerStage : std::uint8_t {
  idle,          // No job.
  claiming,      // A delivery is looked at.
  restoring,     // Its checkpoint comes from the store.
  running,       // The task runs.
  storing,       // It has finished; its result goes to the store.
  handing_back,  // It has ended otherwise; its last checkpoint goes to the store.
};

struct WorkerBoard {
  // By when the session and the queue thread will have shown themselves again; max(): never.
  SharedValue<TimePoint> session_due{TimePoint::max()};
  SharedValue<TimePoint> queue_due{TimePoint::max()};
  // Since when the transfer thread carries out its command; max(): it has none.
  SharedValue<TimePoint> transfer_since{TimePoint::max()};

  // The queue thread's.
  SharedValue<bool> connected{false};
  SharedValue<bool> broker_denies{false};  // It refuses access; somebody has to act.

  // The session's.
  SharedValue<WorkerStage> stage{WorkerStage::idle};
  SharedValue<bool> draining{false};
  SharedValue<std::uint64_t> attempt{0};  // Of the job at hand; 0: none.
  SharedValue<std::uint64_t> jobs_completed{0};
  SharedValue<std::uint64_t> jobs_dead{0};
  SharedValue<std::uint64_t> jobs_handed_back{0};

  // The instant whose state is durable: what came after it would be lost; max(): no task runs.
  SharedValue<TimePoint> durable_until{TimePoint::max()};
  SharedValue<bool> held_back{false};  // The task stands still until the uplink has caught up.
  SharedValue<std::uint64_t> held_back_count{0};
  SharedValue<std::uint64_t> checkpoints_committed{0};
  SharedValue<std::uint64_t> checkpoint_failures{0};
  SharedValue<std::uint64_t> checkpoint_uploaded_bytes{0};  // By all of them.
  // Between two interruptions, as the fleet has seen it; zero: not learned.
  SharedValue<Duration> mean_time{Duration::zero()};
  // Of the last one that was committed.
  SharedValue<std::uint64_t> checkpoint_bytes{0};
  SharedValue<Duration> checkpoint_held{Duration::zero()};    // The task stood still for it.
  SharedValue<Duration> checkpoint_saving{Duration::zero()};  // From the snapshot on the way.
};

}  // namespace holdfast
