// The job index: one small entry for every job that a queue's workers have met, so that a person
// sees a million jobs with some hundred requests. A view: the jobs' logs are the truth.
//
//   .fleet/{queue}/index/{shard}/{entry}     an empty object: a job that changed lately
//   .fleet/{queue}/index/{shard}~/{digest}   ended jobs, many in one object (index/fold.h)
//   .fleet/{queue}/index-complete            empty: jobs of before there was an index are in it,
//   too
//   .fleet/{queue}/index-forgotten           empty: some job was forgotten, and its id stays taken
//
// No leader, lock or condition: a process that changes a job writes its new entry and removes the
// old one; a process that finds many ended jobs in a shard stores them as a fold, reads it back,
// and removes the entries in it. Readers unite what they find; of two entries of a job, the one of
// the higher record counts. So if two processes fold at the same moment, or one wakes up late,
// something is stored twice but nothing is wrong (docs/decisions/0053-job-index.md).
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/fleet_layout.h"
#include "core/index_entry.h"
#include "index/fold_cache.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct IndexReading {
  std::uint64_t entries = 0;
  // Jobs that were forgotten: the index keeps their ids, and they are not visited.
  std::set<std::string> forgotten;
  // One sentence for each part that could not be read; all others were visited.
  std::vector<std::string> problems;
};

class JobIndex {
 public:
  // A shard with this many ended jobs outside of folds is worth folding.
  static constexpr std::size_t kFoldMin = 64;
  // Folds of more than this are left as they are; smaller ones are united with what is new.
  static constexpr std::uint64_t kFoldStoredBytesMax = 4 * 1024 * 1024;
  // A shard by itself takes two listings; all of them together a page or more for each sixteenth.
  static constexpr std::size_t kShardsReadSingly = 16;

  // Borrows store and clock.
  JobIndex(Store& store, const Clock& clock, FleetLayout layout)
      : store_(store), clock_(clock), layout_(std::move(layout)) {}

  // Writes `entry`, then removes that of `before`, the job's entry until now if the caller knows
  // it. Throws Error.
  void note(const IndexEntry& entry, const std::optional<IndexEntry>& before, TimePoint deadline);

  // Folds the shard that `job` belongs to if it has `ended_min` ended jobs or more outside of
  // folds, and removes entries that newer ones replaced. True if it folded. Throws Error.
  bool fold(const std::string& job, std::size_t ended_min, TimePoint deadline);

  // Writes what is known of many jobs from elsewhere: those that have ended as folds. Throws Error.
  void add(const std::vector<IndexEntry>& entries, TimePoint deadline);
  // Unites the folds of every shard, and removes entries that they hold or that are outdated.
  // Throws Error.
  void fold_all(const std::function<TimePoint()>& deadline);

  // Jobs that were forgotten: takes away what else the index says of them. `entries` are those of
  // their newest records. Throws Error.
  void forget(const std::vector<IndexEntry>& entries, const std::function<TimePoint()>& deadline);
  // Which of these jobs were forgotten: one request where none ever was. Throws Error.
  std::set<std::string> forgotten_of(const std::set<std::string>& jobs, const FoldCache* cache);

  // Records that the index holds every job that was claimed before. Workers that claim a job later
  // write its entry anyway. Throws Error.
  void say_complete(TimePoint deadline);
  bool complete(TimePoint deadline);

  // Calls `visit` for each job once, in no order, one at a time, on any thread. Parts that are
  // damaged or of a newer version become problems. With a `cache`, reads from the store only what
  // that lacks. Throws Error if the store does not answer.
  IndexReading read(const std::function<void(const IndexEntry&)>& visit, const FoldCache* cache);
  // The same for these jobs only: one listing for each, or all listings if that is less.
  IndexReading read_of(const std::set<std::string>& jobs,
                       const std::function<void(const IndexEntry&)>& visit, const FoldCache* cache);

 private:
  // A shard as a listing shows it.
  struct Shard {
    std::string name;
    std::vector<std::string> entries;  // Names.
    std::vector<ObjectEntry> folds;
  };
  struct Named {
    IndexEntry entry;
    std::string key;  // Of an object of its own; empty: from a fold.
  };

  bool fold_shard(const std::string& name, std::size_t ended_min, TimePoint deadline);
  // The newest entry of each job. Lists the shard again if it changed meanwhile.
  std::vector<IndexEntry> newest_in(Shard& shard, const FoldCache* cache,
                                    std::vector<std::string>& problems);
  Shard list_shard(const std::string& name, TimePoint deadline);
  // nullopt if a fold is gone: it was united with others since the shard was listed.
  std::optional<std::vector<IndexEntry>> entries_in(const Shard& shard, const FoldCache* cache,
                                                    std::vector<std::string>& problems);
  std::optional<std::vector<IndexEntry>> entries_of_fold(const ObjectEntry& fold,
                                                         const FoldCache* cache,
                                                         TimePoint deadline);
  void add(Shard& shard, const ObjectEntry& object) const;

  Store& store_;
  const Clock& clock_;
  const FleetLayout layout_;
};

}  // namespace holdfast
