#include "index/index_thread.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);

}  // namespace

IndexThread::IndexThread(Store& store, const Clock& clock, FleetLayout layout)
    : clock_(clock),
      notes_(clock, JobIndex(store, clock, std::move(layout))),
      thread_([this] { serve(); }) {}

IndexThread::~IndexThread() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    end_by_ = clock_.now() + kLastWordsMax;
  }
  changed_.notify_one();
  thread_.join();
}

void IndexThread::tell(const JobId& job, const Record& record) {
  notes_.tell(job, record);
  {
    const std::lock_guard lock(mutex_);
    told_ = true;
  }
  changed_.notify_one();
}

void IndexThread::serve() {
  bool away = false;  // It is said once that the store does not answer.
  for (;;) {          // Ends when it is asked to, and nothing is left or time is up.
    TimePoint deadline;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return told_ || ends_; });
      told_ = false;
      deadline = std::min(clock_.now() + kRequest, end_by_);
    }
    bool more = true;
    while (more && clock_.now() < deadline) {
      try {
        more = notes_.write_next(deadline);
        if (more) away = false;
      } catch (const Error& error) {
        if (!std::exchange(away, true)) {
          log(LogLevel::info, "job index not written", {{"error", error.what()}});
        }
      }
    }
    const std::lock_guard lock(mutex_);
    told_ = told_ || more;
    if (ends_ && (!more || clock_.now() >= end_by_)) return;
  }
}

}  // namespace holdfast
