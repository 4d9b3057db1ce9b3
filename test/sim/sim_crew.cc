// Stands in for base/crew.cc: the same without threads, so that a world can be repeated. What would
// be done at the same time is done in another order now and then.
#include <utility>

#include "base/crew.h"
#include "stand_ins.h"

namespace holdfast {

namespace {

std::uint64_t order = 0;

bool the_later_one_first() {
  order = order * 6364136223846793005 + 1442695040888963407;
  return (order >> 63) != 0;
}

}  // namespace

namespace sim {

void seed_crews(std::uint64_t seed) {
  order = seed;
}

}  // namespace sim

Crew::Crew(int, bool) {}

Crew::~Crew() = default;

void Crew::give(std::function<void()> work) {
  if (waiting_ && !the_later_one_first()) std::swap(*waiting_, work);
  if (!waiting_) {
    waiting_ = std::move(work);
  } else {
    work();
  }
}

void Crew::finish() {
  while (waiting_) (*std::exchange(waiting_, std::nullopt))();
}

void Crew::alone(const std::function<void()>& step) {
  step();
}

}  // namespace holdfast
