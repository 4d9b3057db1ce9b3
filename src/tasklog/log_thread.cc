#include "tasklog/log_thread.h"

#include <algorithm>
#include <utility>

#include "base/thread.h"

namespace holdfast {

namespace {

constexpr Duration kWait = std::chrono::hours(1);
constexpr Duration kLastPause = std::chrono::milliseconds(200);

}  // namespace

LogThread::LogThread(Store& store, const Clock& clock, const TaskLogSettings& settings,
                     std::function<void()> ended)
    : clock_(clock),
      keeper_(
          store, clock, settings, [this] { wake_.post(Word::look); }, std::move(ended)),
      thread_(start_thread("the task log", [this] { serve(); })) {}

LogThread::~LogThread() {
  wake_.post(Word::end);
  thread_.join();
}

void LogThread::serve() {
  for (;;) {  // Ends with the destructor's word.
    const TimePoint longest = clock_.now() + kWait;
    const auto word = wake_.next(std::min(keeper_.due(), longest));
    if (word == Word::end) break;
    keeper_.store_due();
  }
  const TimePoint deadline = clock_.now() + kLastWordsMax;
  while (!keeper_.idle() && clock_.now() < deadline) {
    keeper_.hurry();
    keeper_.store_due();
    if (!keeper_.idle()) static_cast<void>(wake_.next(clock_.now() + kLastPause));
  }
}

}  // namespace holdfast
