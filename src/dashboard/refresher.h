// Looks at something again and again on a thread of its own, as long as somebody watches. A look
// that takes long is followed by a longer pause, up to kPauseMax, so that looking takes a fifth of
// the time; one that fails is repeated soon. Nobody who watches waits for it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "base/mailbox.h"
#include "base/shared_value.h"
#include "ports/clock.h"

namespace holdfast {

class Refresher {
 public:
  // How long after the last want() it goes on.
  static constexpr Duration kWatched = std::chrono::seconds(30);
  static constexpr int kPausesPerLook = 4;
  static constexpr Duration kPauseMax = std::chrono::seconds(30);

  // `look` says whether it succeeded, and must not throw. Borrows the clock.
  Refresher(const Clock& clock, const std::string& purpose, Duration every,
            std::function<bool()> look);
  // Waits for the look that is under way.
  ~Refresher();
  Refresher(const Refresher&) = delete;
  Refresher& operator=(const Refresher&) = delete;

  // Somebody watches. Any thread.
  void want();
  // Something was changed: looks soon. Any thread.
  void hurry();

  Duration every() const noexcept { return every_; }

 private:
  void serve();

  const Clock& clock_;
  const Duration every_;
  const std::function<bool()> look_;
  SharedValue<TimePoint> watched_until_;
  SharedValue<bool> hurried_{false};
  SharedValue<bool> over_{false};
  Mailbox<bool> wake_;
  std::thread thread_;  // Last: it uses everything above.
};

}  // namespace holdfast
