// Writes into the job index on a thread of its own, so that no job waits for it. A store that is
// away costs the index what could not be written meanwhile, and nobody else anything.
#pragma once

#include <optional>
#include <thread>

#include "base/mailbox.h"
#include "index/index_notes.h"

namespace holdfast {

class IndexThread {
 public:
  // Borrows store and clock; the store must not tell this index.
  IndexThread(Store& store, const Clock& clock, FleetLayout layout);
  // Writes what is left, for kLastWordsMax at most if no shard is folded just then.
  ~IndexThread();
  IndexThread(const IndexThread&) = delete;
  IndexThread& operator=(const IndexThread&) = delete;

  static constexpr Duration kLastWordsMax = std::chrono::seconds(10);

  // The job's newest record is `record`. Never waits. Any thread.
  void tell(const JobId& job, const Record& record);

 private:
  void serve();

  const Clock& clock_;
  IndexNotes notes_;
  // Something waits to be written; or, with a time, this is the end, and it comes then.
  Mailbox<std::optional<TimePoint>> wake_;
  std::thread thread_;  // Last: it uses everything above.
};

}  // namespace holdfast
