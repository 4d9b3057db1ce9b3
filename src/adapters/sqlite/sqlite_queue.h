// The embedded queue: a folder that any number of processes of one machine share.
//
//   queue.sqlite      the messages: waiting, held by a consumer, in a retry delay, dead
//   consumers/*.lock  a locked file for each living consumer (consumer_lock.h)
//   consumers/bell    touched when a message can be taken (queue_bell.h)
//
// Consumer, Publisher and QueueAdmin over it: sqlite_consumer.h, sqlite_publisher.h,
// sqlite_admin.h. Each opens the folder for itself.
#pragma once

#include <cstdint>
#include <filesystem>

#include "adapters/sqlite/database.h"
#include "adapters/sqlite/queue_bell.h"
#include "base/time.h"

namespace holdfast {

// Which of the lines a message stands in.
enum class QueueBox : std::int64_t {
  jobs = 0,
  dead = 1,
  held = 2,
};

class SqliteQueue {
 public:
  // Opens the queue, creating the folder and what belongs into it.
  explicit SqliteQueue(const std::filesystem::path& folder);

  Database& database() { return database_; }
  const QueueBell& bell() const { return bell_; }
  std::filesystem::path consumers() const { return folder_ / "consumers"; }

  // Whether the queue was new.
  bool created() const { return created_; }

 private:
  std::filesystem::path folder_;
  Database database_;
  QueueBell bell_;
  bool created_ = false;
};

// Retry delays end by the wall clock, because they must outlive the process. Nothing but a delay
// rests on it: a clock that jumps forward ends delays early, one that jumps back is noticed and
// makes a delay begin again, so that nobody waits longer than it.
std::int64_t wall_milliseconds(WallTime time);

}  // namespace holdfast
