#include "worker/store_calls.h"

namespace holdfast {

void StoreCalls::away(const std::string& why) {
  if (!away_since_) away_since_ = ports_.clock.now();
  if (ports_.clock.now() - *away_since_ < settings_.away_max || mail_.ending()) return;
  mail_.fail("the store has been out of reach for too long (--give-up-after): " + why);
}

}  // namespace holdfast
