#include "dashboard/refresher.h"

#include <algorithm>

#include "base/thread.h"

namespace holdfast {

namespace {

// How soon it notices that somebody watches again.
constexpr Duration kNotice = std::chrono::milliseconds(250);

}  // namespace

Refresher::Refresher(const Clock& clock, const std::string& purpose, Duration every,
                     std::function<bool()> look)
    : clock_(clock),
      every_(every),
      look_(std::move(look)),
      watched_until_(TimePoint::min()),
      thread_(start_thread(purpose, [this] { serve(); })) {}

Refresher::~Refresher() {
  over_.set(true);
  wake_.post(true);
  thread_.join();
}

void Refresher::want() {
  watched_until_.set(clock_.now() + kWatched);
}

void Refresher::hurry() {
  hurried_.set(true);
  want();
}

void Refresher::serve() {
  TimePoint due = TimePoint::min();
  while (!over_.get()) {
    const TimePoint now = clock_.now();
    const bool wanted = now < watched_until_.get();
    if (wanted && (now >= due || hurried_.get())) {
      hurried_.set(false);
      const bool good = look_();
      const TimePoint end = clock_.now();
      due = end +
            (good ? std::max(every_, std::min((end - now) * kPausesPerLook, kPauseMax)) : every_);
    }
    static_cast<void>(wake_.next(clock_.now() + kNotice));
  }
}

}  // namespace holdfast
