#include "notify/outbox.h"

#include <algorithm>

#include "base/log.h"
#include "holdfast/error.h"

namespace holdfast {

bool Outbox::put(Notice notice, bool perhaps_sent) {
  if (notices_.size() >= kNoticesMax) return false;
  notices_.push_back({std::move(notice), perhaps_sent});
  return true;
}

bool Outbox::send_next(NoticeSender& sender, NotifyLedger& ledger, const Clock& clock,
                       TimePoint deadline) {
  const Waiting& first = notices_.front();
  const std::string id = id_of(target_);
  try {
    if (!first.perhaps_sent || !ledger.was_sent(id, first.notice.id)) {
      sender.send(first.notice, target_, by_, std::min(deadline, clock.now() + kTryMax));
      ledger.note_sent(id, first.notice.id);
      log(LogLevel::debug, "notification sent", {{"id", first.notice.id}, {"to", shown(target_)}});
    }
    notices_.pop_front();
    pause_ = kPauseFirst;
    next_try_ = TimePoint::min();
    return true;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::rejected) {
      // It will never go there from here. A person may send it from elsewhere.
      if (!refusal_told_) log(LogLevel::warn, "notification not sent", {{"error", error.what()}});
      refusal_told_ = true;
      notices_.pop_front();
      return true;
    }
    if (pause_ == kPauseFirst) {
      log(LogLevel::warn, "notification not sent yet",
          {{"id", first.notice.id}, {"to", shown(target_)}, {"error", error.what()}});
    }
    next_try_ = clock.now() + pause_;
    pause_ = std::min(pause_ * 2, kPauseMax);
    return false;
  }
}

}  // namespace holdfast
