#include "index/index_thread.h"

#include <algorithm>
#include <utility>

#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);
constexpr Duration kWait = std::chrono::hours(1);

}  // namespace

IndexThread::IndexThread(Store& store, const Clock& clock, FleetLayout layout)
    : clock_(clock),
      notes_(clock, JobIndex(store, clock, std::move(layout))),
      thread_([this] { serve(); }) {}

IndexThread::~IndexThread() {
  wake_.post(clock_.now() + kLastWordsMax);
  thread_.join();
}

void IndexThread::tell(const JobId& job, const Record& record) {
  // One word is enough for all that comes until it is heard.
  if (notes_.tell(job, record)) wake_.post(std::nullopt);
}

void IndexThread::serve() {
  for (;;) {  // Ends with the destructor's word.
    const auto word = wake_.next(clock_.now() + kWait);
    if (!word) continue;
    write_all(word->value_or(TimePoint::max()));
    if (*word) return;
  }
}

void IndexThread::write_all(TimePoint deadline) {
  while (clock_.now() < deadline) {
    try {
      if (!notes_.write_next(std::min(clock_.now() + kRequest, deadline))) return;
    } catch (const Error&) {
      // Whoever needs the store says that it is away; what is lost here, the next record brings.
    }
  }
}

}  // namespace holdfast
