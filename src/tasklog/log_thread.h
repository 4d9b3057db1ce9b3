// A LogKeeper with a thread that stores.
#pragma once

#include <functional>
#include <thread>

#include "base/mailbox.h"
#include "tasklog/log_keeper.h"

namespace holdfast {

class LogThread {
 public:
  static constexpr Duration kLastWordsMax = std::chrono::seconds(10);

  // Borrows store and clock. `ended` as for the keeper.
  LogThread(Store& store, const Clock& clock, const TaskLogSettings& settings,
            std::function<void()> ended);
  // Stores what is left, for kLastWordsMax at most.
  ~LogThread();
  LogThread(const LogThread&) = delete;
  LogThread& operator=(const LogThread&) = delete;

  LogKeeper& keeper() noexcept { return keeper_; }

 private:
  enum class Word { look, end };
  void serve();

  const Clock& clock_;
  Mailbox<Word> wake_;
  LogKeeper keeper_;
  std::thread thread_;  // Last: it uses everything above.
};

}  // namespace holdfast
