// The notifications that wait to be sent to one target, oldest first. One that does not arrive is
// tried again, with a pause that doubles, and those behind it wait for it. One thread.
#pragma once

#include <cstddef>
#include <deque>

#include "notify/notify_ledger.h"
#include "ports/clock.h"
#include "ports/notice_sender.h"

namespace holdfast {

class Outbox {
 public:
  static constexpr std::size_t kNoticesMax = 10'000;
  static constexpr Duration kPauseFirst = std::chrono::seconds(1);
  static constexpr Duration kPauseMax = std::chrono::minutes(1);
  // For one try, also of a command.
  static constexpr Duration kTryMax = std::chrono::seconds(20);

  Outbox(NotifyTarget target, NamedBy by) : target_(std::move(target)), by_(by) {}

  // `perhaps_sent`: somebody else may have; then the ledger is asked first. False if there is no
  // room: it is left to `holdfast notify --missed`.
  [[nodiscard]] bool put(Notice notice, bool perhaps_sent);

  // When send_next() has something to do; TimePoint::max(): nothing waits.
  TimePoint due() const { return notices_.empty() ? TimePoint::max() : next_try_; }
  // The end is near: no pause is waited for any more before the next try.
  void try_now() { next_try_ = TimePoint::min(); }
  std::size_t size() const { return notices_.size(); }

  // Tries the oldest one, by `deadline`. True if it is not in the way any more.
  bool send_next(NoticeSender& sender, NotifyLedger& ledger, const Clock& clock,
                 TimePoint deadline);

 private:
  struct Waiting {
    Notice notice;
    bool perhaps_sent = false;
  };

  const NotifyTarget target_;
  const NamedBy by_;
  std::deque<Waiting> notices_;
  Duration pause_ = kPauseFirst;
  TimePoint next_try_ = TimePoint::min();
  bool refusal_told_ = false;
};

}  // namespace holdfast
