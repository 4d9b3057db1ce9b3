// Looks at an embedded queue and takes nothing. Counts jobs, not messages: a job can have two for a
// moment, when a process was killed between storing a copy and settling the first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
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

struct QueuedJob {
  bool held = false;                        // By a consumer that lives.
  bool any_consumer = false;                // Some consumer of the queue lives.
  std::uint64_t ahead = 0;                  // Jobs that are handed out before it, as things are.
  std::optional<WallTime> not_before = {};  // In a retry delay until then.
};

class SqliteQueueView {
 public:
  explicit SqliteQueueView(const std::filesystem::path& folder);

  // Jobs that wait, are held, or are in a retry delay.
  std::uint64_t unfinished();
  // Their ids, in no order.
  std::set<std::string> unfinished_ids();
  // nullopt: it is not there.
  std::optional<QueuedJob> find(const std::string& job_id, WallTime now);
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
