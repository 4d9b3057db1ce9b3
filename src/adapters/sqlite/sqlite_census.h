// Looks at an embedded queue and takes nothing. Counts jobs, not messages: a job can have two for a
// moment, when a process was killed between storing a copy and settling the first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "adapters/sqlite/sqlite_queue.h"

namespace holdfast {

struct DeadJob {
  std::string job_id;
  std::string reason;  // One word.
  std::string error;   // A sentence.
};

class SqliteCensus {
 public:
  explicit SqliteCensus(const std::filesystem::path& folder);

  // Jobs that wait, are held, or are in a retry delay.
  std::uint64_t unfinished();
  // Their ids, in no order.
  std::set<std::string> unfinished_ids();
  std::uint64_t dead();
  // The first `count_max` of them, in the order in which they died.
  std::vector<DeadJob> dead_letters(std::size_t count_max);

 private:
  std::uint64_t jobs_in(QueueBox box);
  std::string header(std::int64_t place, const std::string& name);

  SqliteQueue queue_;
  Statement count_;
  Statement letters_;
  Statement header_;
};

}  // namespace holdfast
