// Fetching the results of many jobs, several jobs at a time, with what is told to the person about
// it: for holdfast fetch and holdfast run --to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/result_table.h"
#include "core/job.h"
#include "core/record.h"
#include "ports/clock.h"
#include "ports/store.h"
#include "results/fetch.h"

namespace holdfast {

struct FetchPlan {
  std::filesystem::path to;  // Empty: no files, only the table.
  FetchWishes wishes;
  std::filesystem::path table;  // Empty: none.
  bool json = false;            // An object for each job, on standard output.
  bool only_completed = false;  // Jobs that have no result are passed over, not missed.
};

class Fetching {
 public:
  // Makes the folder. Throws UsageError if another process fetches into it. Borrows store, clock.
  Fetching(Store& store, const Clock& clock, FetchPlan plan, std::stop_token stop);
  ~Fetching();
  Fetching(const Fetching&) = delete;
  Fetching& operator=(const Fetching&) = delete;

  // Tells of each job. Those without a result count as missing. Throws Error if the store or the
  // disk cannot be used; then the same command goes on.
  void fetch(const std::vector<JobId>& jobs);

  // Writes the table, says what there is now. True if all of all jobs is there.
  bool finish();

 private:
  struct Answer;
  class Hold;

  Answer fetch_one(const JobId& id);
  ResultTable::Row row_of(const JobId& id, const Record& newest);
  void take(Answer answer);

  Store& store_;
  const Clock& clock_;
  const FetchPlan plan_;
  const std::stop_token stop_;
  std::unique_ptr<Hold> hold_;
  std::optional<Fetcher> fetcher_;
  ResultTable table_;
  Fetched all_;
  std::uint64_t jobs_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t whole_ = 0;
};

}  // namespace holdfast
