// The dead letters of the embedded queue. They are read where they lie: nobody holds one.
#pragma once

#include <filesystem>

#include "adapters/sqlite/sqlite_queue.h"
#include "ports/dead_letters.h"

namespace holdfast {

class SqliteDeadLetters final : public DeadLetters {
 public:
  explicit SqliteDeadLetters(const std::filesystem::path& folder, QueueBox box = QueueBox::dead);

  std::optional<DeadLetter> next(TimePoint deadline) override;
  void remove(TimePoint deadline) override;

 private:
  SqliteQueue queue_;
  const QueueBox box_;
  std::int64_t place_ = 0;  // Of the letter at hand; 0 before the first.
  Statement next_;
  Statement headers_;
  Statement remove_;
};

}  // namespace holdfast
