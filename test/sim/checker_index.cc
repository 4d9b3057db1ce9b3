// What the checker holds of the job index: a view of the logs that may lag, and never lies.
#include "checker.h"
#include "core/index_entry.h"
#include "core/store_layout.h"
#include "index/fold.h"
#include "index/index_notes.h"
#include "index/indexed_store.h"
#include "index/job_index.h"

namespace holdfast::sim {

namespace {

// What an object of the index says.
std::vector<IndexEntry> said_by(const FleetLayout& fleet, const std::string& key,
                                const std::string& bytes) {
  const std::string name = key.substr(key.rfind('/') + 1);
  if (key.starts_with(fleet.index_folds(fleet.index_shard_at(key)))) {
    return entries_of(bytes, *Sha256Digest::from_hex(name));
  }
  return {*index_entry_from_text(name)};
}

}  // namespace

// Without a fence two workers may both believe that a record is theirs.
void Checker::on_index_write(const std::string& key, const std::string& bytes) {
  if (faults_.unfenced > 0) return;
  for (const IndexEntry& entry : said_by(fleet_, key, bytes)) {
    const auto& entries = jobs_.at(entry.job).entries;
    // A record that is read once more may be a stub by now.
    const auto& newest = jobs_.at(entry.job).newest;
    if (is_forgotten(entry) && newest && is_forgotten(*newest) && entry.number <= newest->number) {
      continue;
    }
    const auto record = entries.find(entry.number);
    if (record == entries.end() || record->second != to_text(entry)) {
      world_.violate("the job index says what no log has said: " + to_text(entry));
    }
  }
}

// Nothing goes that is not said, or replaced, by what stays.
void Checker::on_index_remove(const std::string& key) {
  const auto removed = bucket_.objects.find(key);
  if (removed == bucket_.objects.end()) return;
  const std::string shard = fleet_.index_prefix() + fleet_.index_shard_at(key);
  std::map<std::string, std::uint64_t> stays;
  for (auto at = bucket_.objects.lower_bound(shard);
       at != bucket_.objects.end() && at->first.starts_with(shard); ++at) {
    if (at == removed) continue;
    for (const IndexEntry& entry : said_by(fleet_, at->first, at->second)) {
      stays[entry.job] = std::max(stays[entry.job], entry.number);
    }
  }
  for (const IndexEntry& entry : said_by(fleet_, key, removed->second)) {
    if (stays[entry.job] < entry.number) {
      world_.violate("the job index forgets " + to_text(entry));
    }
  }
}

void Checker::check_index_equals_logs(const std::string& when,
                                      const std::function<bool(const Known&)>& chosen) {
  BucketStore store(bucket_, "checker");
  const NoClock clock;
  std::map<std::string, IndexEntry> found;
  const IndexReading reading =
      JobIndex(store, clock, fleet_)
          .read(
              [&](const IndexEntry& entry) {
                if (found.emplace(entry.job, entry).second) return;
                world_.violate("the job index counts " + entry.job + " twice");
              },
              nullptr);
  if (!reading.problems.empty()) world_.violate("the job index: " + reading.problems.front());
  if (reading.entries != found.size()) world_.violate("the job index counts what is not there");
  for (const auto& [job, known] : jobs_) {
    if (!known.newest || !chosen(known)) continue;
    const auto entry = found.find(job);
    if (is_forgotten(*known.newest)) {
      if (entry != found.end()) {
        world_.violate("the job index shows " + job + ", which was forgotten, " + when);
      }
    } else if (entry == found.end()) {
      world_.violate("the job index lacks " + job + " " + when);
    } else if (entry->second.state != known.newest->state) {
      world_.violate("the job index says " + to_text(entry->second) + " " + when + ", the log " +
                     std::string(to_text(known.newest->state)));
    }
  }
}

void Checker::look_at_index() {
  if (faults_.unfenced > 0) return;
  // A call that fails is tried again for as long.
  const TimePoint then = world_.now() - 8min;
  check_index_equals_logs("as it is", [&](const Known& known) {
    if (known.noted_at > then || !lives(known.noted_by)) return false;
    if (!network_.untroubled_since(known.noted_by, then)) return false;
    world_.mark("index entry is looked at as it is");
    return true;
  });
}

void Checker::check_index() {
  if (faults_.unfenced > 0) return;
  const auto all = [](const Known&) { return true; };
  check_index_equals_logs("as it is", [this](const Known& known) { return lives(known.noted_by); });

  // What died with its writer comes back when somebody looks at the job.
  BucketStore inner(bucket_, "checker");
  const NoClock clock;
  const TimePoint deadline = clock.now() + 1s;
  IndexNotes notes(clock, JobIndex(inner, clock, fleet_));
  IndexedStore store(inner, [&](const JobId& job, const Record& record) {
    static_cast<void>(notes.tell(job, record));
  });
  std::vector<IndexEntry> entries;
  for (const auto& [job, known] : jobs_) {
    const JobId id = *JobId::parse(job);
    static_cast<void>(
        store.get(StoreLayout(id).record(known.newest->number), kRecordBytesMax, deadline));
    entries.push_back(index_entry(id, *known.newest));
  }
  notes.write_all(deadline);
  check_index_equals_logs("after each log was read", all);

  JobIndex index(inner, clock, fleet_);
  index.add(entries, deadline);
  index.fold_all([&] { return deadline; });
  check_index_equals_logs("after a recount", all);
}

}  // namespace holdfast::sim
