// Calls to the store that are made again until they answer, while no task runs. A machine must not
// idle for ever: the events fails once the store has been away, or has refused us, for away_max.
#pragma once

#include <optional>
#include <string>

#include "holdfast/error.h"
#include "worker/context.h"
#include "worker/log_throttle.h"
#include "worker/session_events.h"

namespace holdfast {

class StoreCalls {
 public:
  // Borrows all.
  StoreCalls(const WorkerPorts& ports, const WorkerSettings& settings, SessionEvents& events)
      : ports_(ports), settings_(settings), events_(events) {}

  // The store did not answer, or did.
  void away(const std::string& why);
  // Logs why a call is made again: a person has to act if access is refused.
  void tell(ErrorKind kind, const std::string& why);
  void answered() noexcept {
    away_since_.reset();
    told_.reset();
  }

  // How long a call is repeated: no longer than a machine may idle, or, for a result that would
  // have to be computed again, until it answers.
  enum class Wait { bounded, for_a_result };

  // Calls `call(deadline)` again and again until it answers. nullopt when `give_up()` says so
  // while the store is out of reach, or it was for too long. Failures that will not pass are thrown
  // on.
  template <typename Call, typename GiveUp>
  auto until_answered(Wait wait, const Call& call, const GiveUp& give_up)
      -> std::optional<decltype(call(TimePoint{}))>;

 private:
  static constexpr Duration kTry = std::chrono::seconds(10);
  static constexpr Duration kPause = std::chrono::seconds(2);

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  SessionEvents& events_;
  std::optional<TimePoint> away_since_;
  LogThrottle told_;
};

template <typename Call, typename GiveUp>
auto StoreCalls::until_answered(Wait wait, const Call& call, const GiveUp& give_up)
    -> std::optional<decltype(call(TimePoint{}))> {
  for (;;) {  // Ends when the store answers or the caller gives up.
    try {
      auto answer = call(ports_.clock.now() + kTry);
      answered();
      return answer;
    } catch (const Error& error) {
      if (!worth_waiting(error.kind())) throw;
      tell(error.kind(), error.what());
      if (wait == Wait::bounded) away(error.what());
    }
    for (const TimePoint resume = ports_.clock.now() + kPause; ports_.clock.now() < resume;) {
      if (give_up()) return std::nullopt;
      static_cast<void>(events_.next(resume));
    }
  }
}

}  // namespace holdfast
