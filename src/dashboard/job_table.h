// All jobs of a queue as its index shows them, held in little memory (about 160 bytes a job), so
// that a page can be filtered, sorted and turned over among a million in some ten milliseconds.
// Built by one thread; once finish() was called, any thread may read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/index_entry.h"
#include "status/job_list.h"

namespace holdfast {

// What a page of jobs is sorted by. In the order of kJobColumns, its words.
enum class JobColumn { job, state, reason, attempt, progress, lag, changed, cost, worker };
inline constexpr std::array kJobColumns = {"job", "state",   "reason", "attempt", "progress",
                                           "lag", "changed", "cost",   "worker"};
std::optional<JobColumn> job_column_from(std::string_view word);

struct JobPage {
  JobFilter filter;
  JobColumn column = JobColumn::changed;
  bool descending = true;  // Jobs without a value come last either way.
  std::size_t first = 0;
  std::size_t count = 50;
};

struct JobSelection {
  std::uint64_t matching = 0;
  std::vector<IndexEntry> jobs;  // Those of the page.
};

// What a worker did, as far as the index says: of each job its newest attempt.
struct WorkerJobs {
  std::uint64_t running = 0;
  std::uint64_t completed = 0;
  std::uint64_t dead = 0;
  std::uint64_t others = 0;  // Waiting again, or cancelled.
  std::int64_t last = 0;     // Its last word, in seconds since 1970.
};

class JobTable {
 public:
  // Each job once, in any order.
  void add(const IndexEntry& entry);
  // After the last add(). `now`: as the index was read, in seconds since 1970.
  void finish(std::int64_t now);

  std::size_t size() const noexcept { return rows_.size(); }
  std::int64_t read_at() const noexcept { return now_; }
  const JobCounts& counts() const noexcept { return counts_; }
  // By all jobs.
  const TimeAccount& spent() const noexcept { return spent_; }

  JobSelection select(const JobPage& page) const;
  // nullopt if the index does not know it.
  std::optional<IndexEntry> find(std::string_view job) const;

  // Jobs that ended within [from, from + count * width), by the bucket of `width` seconds.
  struct Ended {
    std::uint64_t completed = 0;
    std::uint64_t dead = 0;
  };
  std::vector<Ended> ended_by(std::int64_t from, std::int64_t width, std::size_t count) const;
  // When the first job that is known began; 0 if none is.
  std::int64_t begins() const noexcept { return begins_; }
  Throughput throughput() const;
  // As of rest_of, of the job that needs the most.
  double rest_longest() const;

  // What would be lost if every machine vanished now.
  AtRisk at_risk() const;

  std::map<std::string, WorkerJobs> workers() const;
  // How many dead jobs there are of each reason.
  std::map<std::string, std::uint64_t> reasons() const;

 private:
  struct Row {
    std::uint64_t id_begin = 0;
    std::uint64_t number = 0;
    std::uint64_t step = kNone;
    std::uint64_t ran_seconds = 0;
    std::int64_t changed = 0;
    std::int64_t durable = 0;
    TimeAccount spent;
    std::uint64_t attempt = 0;
    std::uint64_t generation = 0;
    std::uint32_t failures = 0;
    std::uint32_t worker = 0;
    std::uint16_t ending = 0;
    std::uint16_t reason = 0;
    std::int16_t thousandths = -1;  // Of progress; -1: unknown.
    std::uint8_t id_size = 0;
    JobState state = JobState::waiting;
  };
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  // Words that many jobs share, each kept once.
  class Words {
   public:
    std::uint32_t number_of(const std::string& word, std::size_t numbers_max);
    const std::string& word(std::uint32_t number) const { return words_[number]; }
    std::optional<std::uint32_t> find(const std::string& word) const;

   private:
    std::vector<std::string> words_{""};
    std::map<std::string, std::uint32_t> numbers_{{"", 0}};
  };

  std::string_view id(const Row& row) const {
    return std::string_view(ids_).substr(row.id_begin, row.id_size);
  }
  IndexEntry entry(const Row& row) const;
  std::optional<std::int64_t> lag(const Row& row) const;
  std::function<bool(const Row&)> taken_by(const JobFilter& filter) const;
  // Negative, 0 or positive, without regard to the direction.
  int compare(const Row& a, const Row& b, JobColumn column) const;
  bool has_value(const Row& row, JobColumn column) const;

  std::string ids_;
  std::vector<Row> rows_;  // By id, once finished.
  Words workers_;
  Words words_;  // Endings and reasons.
  JobCounts counts_;
  TimeAccount spent_;
  std::int64_t now_ = 0;
  std::int64_t begins_ = 0;
};

}  // namespace holdfast
