#include "worker/store_calls.h"

#include "base/log.h"

namespace holdfast {

void StoreCalls::away(const std::string& why) {
  if (!away_since_) away_since_ = ports_.clock.now();
  if (ports_.clock.now() - *away_since_ < settings_.away_max || events_.ending()) return;
  events_.fail("the store has been out of reach for too long (--give-up-after): " + why);
}

void StoreCalls::tell(ErrorKind kind, const std::string& why) {
  log(level_of_failure(kind, told_.due(ports_.clock.now(), kind)),
      kind == ErrorKind::denied ? "store refuses access, the job waits for it"
                                : "store out of reach, trying again",
      {{"error", why}});
}

}  // namespace holdfast
