// Stands in for base/thread_pool.cc: the same without threads, so that a world can be repeated.
// What would be done at the same time is done in another order now and then.
#include <utility>

#include "base/thread_pool.h"
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

void seed_thread_pools(std::uint64_t seed) {
  order = seed;
}

}  // namespace sim

ThreadPool::ThreadPool(int, bool) {}

ThreadPool::~ThreadPool() = default;

void ThreadPool::give(std::function<void()> work) {
  if (waiting_ && !the_later_one_first()) std::swap(*waiting_, work);
  if (!waiting_) {
    waiting_ = std::move(work);
  } else {
    work();
  }
}

void ThreadPool::finish() {
  while (waiting_) (*std::exchange(waiting_, std::nullopt))();
}

void ThreadPool::alone(const std::function<void()>& step) {
  step();
}

}  // namespace holdfast
