// Publishes the jobs of a checked list that the queue does not have yet, and notes in the ledger
// what the queue has confirmed.
//
// While the queue is out of reach it waits and goes on. Broken off anywhere, the same call again
// sends the rest; a job whose confirmation was not noted in time is sent twice, which is harmless.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "ports/clock.h"
#include "ports/ledger.h"
#include "ports/queue.h"
#include "submit/job_list.h"

namespace holdfast {

struct SubmitterWishes {
  // Of every message, such as the group of its job.
  std::vector<std::pair<std::string, std::string>> headers = {};
  // Gives up when nothing was confirmed for so long: before anything was, and after.
  Duration connect_patience = std::chrono::seconds(30);
  Duration outage_patience = std::chrono::minutes(5);
  // Asked now and then: true ends the submission early.
  std::function<bool()> stop;
  // Told now and then how many jobs of this run are confirmed.
  std::function<void(std::uint64_t confirmed)> progress;
  // The queue is out of reach; told once per outage.
  std::function<void(const std::string& why)> outage;
};

struct Submitted {
  std::uint64_t confirmed = 0;  // By the queue, in this run.
  bool stopped = false;         // Early, because it was asked to.
};

class Submitter {
 public:
  // Borrows everything. The publisher must not have been used before.
  Submitter(Publisher& publisher, Ledger& ledger, const Clock& clock, SubmitterWishes wishes);

  // Throws Error: `unavailable` when the queue stays out of reach, `rejected` when it refuses, or
  // when the list has changed since it was checked. What was confirmed until then is noted.
  Submitted submit(const JobList& list);

 private:
  void send(ListedJob& job);
  void take_confirmed(TimePoint deadline);
  void commit_if_due();
  void await_rest();
  bool stopping();
  void endure(const std::string& why);

  Publisher& publisher_;
  Ledger& ledger_;
  const Clock& clock_;
  const SubmitterWishes wishes_;

  // Ids of messages that are sent and not confirmed, by their number from first_number_ on; empty
  // once confirmed. As long as the publisher's window at most, and what is confirmed out of order.
  std::deque<std::string> sent_;
  std::uint64_t first_number_ = 0;

  Submitted result_;
  TimePoint next_commit_;
  TimePoint last_success_;
  bool outage_told_ = false;
};

}  // namespace holdfast
