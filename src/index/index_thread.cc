#include "index/index_thread.h"

#include <algorithm>
#include <utility>

namespace holdfast {

namespace {

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
    const auto word = wake_.next(std::min(notes_.due(), clock_.now() + kWait));
    if (word && *word) notes_.hurry();
    notes_.write_all(word && *word ? **word : TimePoint::max());
    if (word && *word) return;
  }
}

}  // namespace holdfast
