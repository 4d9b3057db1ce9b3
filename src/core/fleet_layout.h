// The name of every object of a store that belongs to a fleet, not to a job. All begin with
// ".fleet/", which is below no job: a job's id does not begin with a dot. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/index_entry.h"

namespace holdfast {

// How long an attempt ran, and whether an interruption ended it.
struct Lifetime {
  std::uint64_t seconds = 0;
  bool interrupted = false;
  friend bool operator==(const Lifetime&, const Lifetime&) = default;
};

class FleetLayout {
 public:
  // The fleet that works for `queue`.
  explicit FleetLayout(const std::string& queue);

  // The name says all: who lists has read them. `id` is random and so spreads them evenly.
  std::string lifetimes_prefix() const { return root_ + "lifetimes/"; }
  std::string lifetime(const std::string& id, const Lifetime& lifetime) const;
  // nullopt if `key` names none.
  std::optional<Lifetime> lifetime_of(std::string_view key) const;

  // One for each replacement of a machine that was asked for; `hour` as in 2026-01-31T23.
  std::string replacements_prefix() const { return root_ + "replacements/"; }
  std::string replacement(const std::string& hour, std::uint32_t number) const;
  // The hour that `key` counts in; empty if it names none.
  std::string hour_of(std::string_view key) const;

  // What workers that are there say of themselves (core/worker_sign.h), each in a name.
  std::string workers_prefix() const { return root_ + "workers/"; }

  // A folder for each group of jobs (index/job_groups.h).
  std::string groups_prefix() const { return root_ + "groups/"; }
  std::string group(const std::string& name) const { return groups_prefix() + name + "/"; }

  // Of groups that stop when too many of their jobs are dead (index/group_stops.h).
  std::string stops_prefix() const { return root_ + "stops/"; }
  std::string stop(const std::string& group) const { return stops_prefix() + group + "/"; }

  // Who wishes to be told of what becomes of jobs, and what was sent (notify/notify_ledger.h).
  std::string wishes_prefix() const { return root_ + "notify/wishes/"; }
  std::string sent_prefix() const { return root_ + "notify/sent/"; }
  // Jobs of which nobody is to be told any more, a folder each.
  std::string silence_of(const std::string& job) const { return root_ + "notify/off/" + job + "/"; }

  // The job index (index/job_index.h) has 256 shards, named by the first byte of a job id's
  // SHA-256. A shard's folds stand behind its entries, so that a listing that sees an entry no more
  // sees the fold that took it in.
  std::string index_prefix() const { return root_ + "index/"; }
  std::string index_complete() const { return root_ + "index-complete"; }
  // There is at least one job in the index that was forgotten.
  std::string index_forgotten() const { return root_ + "index-forgotten"; }
  std::string index_shard_of(std::string_view job) const;
  // The shard that `key`, which begins with index_prefix(), belongs to.
  std::string index_shard_at(std::string_view key) const;
  std::string index_entries(const std::string& shard) const { return index_prefix() + shard + "/"; }
  std::string index_folds(const std::string& shard) const { return index_prefix() + shard + "~/"; }
  std::string index_entry(const IndexEntry& entry) const {
    return index_entries(index_shard_of(entry.job)) + to_text(entry);
  }

 private:
  std::string root_;
};

}  // namespace holdfast
