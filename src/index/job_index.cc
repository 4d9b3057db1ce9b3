#include "index/job_index.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "base/thread_pool.h"
#include "holdfast/error.h"
#include "index/fold.h"

namespace holdfast {

namespace {

constexpr std::size_t kPage = 1000;
constexpr int kReaders = 8;
constexpr Duration kRequest = std::chrono::seconds(30);
// Looks at a shard whose folds are united while it is read.
constexpr int kTriesMax = 5;
constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string_view last_part(std::string_view key) {
  return key.substr(key.rfind('/') + 1);
}

Sha256Digest digest_of(const ObjectEntry& fold) {
  return *Sha256Digest::from_hex(last_part(fold.key));
}

void take_forgotten(std::vector<IndexEntry>& entries, IndexReading& reading) {
  std::erase_if(entries, [&](const IndexEntry& entry) {
    if (is_forgotten(entry)) reading.forgotten.insert(entry.job);
    return is_forgotten(entry);
  });
}

// Of each job the entry of the highest record comes first.
bool before(const IndexEntry& a, const IndexEntry& b) {
  return a.job != b.job ? a.job < b.job : a.number > b.number;
}

}  // namespace

void JobIndex::note(const IndexEntry& entry, const std::optional<IndexEntry>& before,
                    TimePoint deadline) {
  const std::string key = layout_.index_entry(entry);
  store_.put(key, "", sha256(""), deadline);
  if (!before) return;
  const std::string old = layout_.index_entry(*before);
  if (old != key) store_.remove(old, deadline);
}

bool JobIndex::fold(const std::string& job, std::size_t ended_min, TimePoint deadline) {
  return fold_shard(layout_.index_shard_of(job), ended_min, deadline);
}

void JobIndex::add(const std::vector<IndexEntry>& entries, TimePoint deadline) {
  std::map<std::string, std::vector<IndexEntry>> ended;
  for (const IndexEntry& entry : entries) {
    if (is_end(entry.state)) {
      ended[layout_.index_shard_of(entry.job)].push_back(entry);
    } else {
      note(entry, std::nullopt, deadline);
    }
  }
  for (const auto& [shard, its] : ended) {
    const Fold fold = fold_of(its);
    store_.put(layout_.index_folds(shard) + fold.digest.hex(), fold.bytes, fold.digest, deadline);
  }
}

void JobIndex::fold_all(const std::function<TimePoint()>& deadline) {
  for (const char first : kHexDigits) {
    for (const char second : kHexDigits) {
      fold_shard(std::string{first, second}, 0, deadline());
    }
  }
}

bool JobIndex::fold_shard(const std::string& name, std::size_t ended_min, TimePoint deadline) {
  const Shard shard = list_shard(name, deadline);
  std::vector<Named> all;
  for (const std::string& text : shard.entries) {
    auto entry = index_entry_from_text(text);
    if (entry) all.push_back({std::move(*entry), layout_.index_entries(name) + text});
  }
  const auto ended = std::count_if(all.begin(), all.end(),
                                   [](const Named& one) { return is_end(one.entry.state); });
  if (static_cast<std::size_t>(ended) < ended_min) return false;
  if (all.empty() && shard.folds.size() < 2) return false;

  std::vector<std::string> united;  // The folds that the new one replaces.
  for (const ObjectEntry& fold : shard.folds) {
    if (fold.size_bytes > kFoldStoredBytesMax / 2) continue;
    try {
      auto entries = entries_of_fold(fold, nullptr, deadline);
      if (!entries) continue;  // United with others by somebody else: their fold has them.
      for (IndexEntry& entry : *entries) all.push_back({std::move(entry), {}});
      united.push_back(fold.key);
    } catch (const Error& error) {
      // It stays as it is, for whoever can read it.
      if (error.kind() == ErrorKind::unavailable) throw;
    }
  }

  std::stable_sort(all.begin(), all.end(),
                   [](const Named& a, const Named& b) { return before(a.entry, b.entry); });
  std::vector<IndexEntry> folded;
  std::vector<std::string> replaced;  // Entries of their own that are in the fold, or outdated.
  for (std::size_t i = 0; i < all.size(); ++i) {
    const IndexEntry& entry = all[i].entry;
    const bool newest = i == 0 || all[i - 1].entry.job != entry.job;
    // A job that was ended and goes on stays in the fold as it was. So what a fold says only grows,
    // and no fold is ever made again that somebody is just about to remove.
    const bool folds = is_end(entry.state) && (folded.empty() || folded.back().job != entry.job);
    if (folds) folded.push_back(entry);
    const bool keeps_its_object = newest && !is_end(entry.state);
    if (!all[i].key.empty() && !keeps_its_object) replaced.push_back(all[i].key);
  }
  std::string key;
  if (!folded.empty()) {
    const Fold fold = fold_of(std::move(folded));
    key = layout_.index_folds(name) + fold.digest.hex();
    store_.put(key, fold.bytes, fold.digest, deadline);
    // Only what is certainly there replaces anything.
    if (!entries_of_fold({key, 0}, nullptr, deadline)) return false;
  }
  for (const std::string& old : replaced) store_.remove(old, deadline);
  for (const std::string& old : united) {
    if (old != key) store_.remove(old, deadline);
  }
  return true;
}

void JobIndex::forget(const std::vector<IndexEntry>& entries,
                      const std::function<TimePoint()>& deadline) {
  if (entries.empty()) return;
  store_.put(layout_.index_forgotten(), "", sha256(""), deadline());
  std::map<std::string, std::string> shards;  // With one of their jobs.
  for (const IndexEntry& entry : entries) {
    note(entry, std::nullopt, deadline());
    const std::string shard = layout_.index_shard_of(entry.job);
    shards.emplace(shard, entry.job);
    const std::string prefix = layout_.index_entries(shard) + entry.job + "~";
    for (const ObjectEntry& object : store_.list(prefix, "", kPage, deadline())) {
      const auto old = index_entry_from_text(last_part(object.key));
      if (!old || old->job != entry.job || old->number >= entry.number) continue;
      store_.remove(object.key, deadline());
    }
  }
  // In folds, too, the newest entry takes the place of those before.
  for (const auto& [shard, job] : shards) fold(job, 0, deadline());
}

std::set<std::string> JobIndex::forgotten_of(const std::set<std::string>& jobs,
                                             const FoldCache* cache) {
  if (!store_.get(layout_.index_forgotten(), 0, clock_.now() + kRequest)) return {};
  std::set<std::string> found = read_of(
                                    jobs, [](const IndexEntry&) {}, cache)
                                    .forgotten;
  std::erase_if(found, [&](const std::string& job) { return !jobs.contains(job); });
  return found;
}

void JobIndex::say_complete(TimePoint deadline) {
  store_.put(layout_.index_complete(), "", sha256(""), deadline);
}

bool JobIndex::complete(TimePoint deadline) {
  return store_.get(layout_.index_complete(), 0, deadline).has_value();
}

IndexReading JobIndex::read(const std::function<void(const IndexEntry&)>& visit,
                            const FoldCache* cache) {
  IndexReading reading;
  std::set<Sha256Digest> used;
  ThreadPool readers(kReaders, /*background=*/false);
  const auto visit_shard = [&](Shard shard) {
    std::vector<std::string> problems;
    std::vector<IndexEntry> all = newest_in(shard, cache, problems);
    readers.alone([&] {
      take_forgotten(all, reading);
      for (const ObjectEntry& fold : shard.folds) used.insert(digest_of(fold));
      reading.problems.insert(reading.problems.end(), problems.begin(), problems.end());
      reading.entries += all.size();
      for (const IndexEntry& entry : all) visit(entry);
    });
  };
  // A sixteenth of the shards at a time: a listing goes through them in order, page by page.
  for (const char digit : kHexDigits) {
    readers.give([&, digit] {
      const std::string prefix = layout_.index_prefix() + digit;
      Shard shard;
      std::string after;
      for (;;) {  // Ends with the listing.
        const auto page = store_.list(prefix, after, kPage, clock_.now() + kRequest);
        for (const ObjectEntry& object : page) {
          const std::string name = layout_.index_shard_at(object.key);
          if (name != shard.name) {
            if (!shard.name.empty()) visit_shard(shard);
            shard = Shard{name, {}, {}};
          }
          add(shard, object);
        }
        if (page.size() < kPage) break;
        after = page.back().key;
      }
      if (!shard.name.empty()) visit_shard(shard);
    });
  }
  readers.finish();
  if (cache != nullptr) cache->keep_only(used);
  return reading;
}

IndexReading JobIndex::read_of(const std::set<std::string>& jobs,
                               const std::function<void(const IndexEntry&)>& visit,
                               const FoldCache* cache) {
  const auto visit_named = [&](const IndexEntry& entry) {
    if (jobs.contains(entry.job)) visit(entry);
  };
  std::set<std::string> shards;
  for (const std::string& job : jobs) shards.insert(layout_.index_shard_of(job));
  if (shards.size() > kShardsReadSingly) return read(visit_named, cache);
  IndexReading reading;
  ThreadPool readers(kReaders, /*background=*/false);
  for (const std::string& name : shards) {
    readers.give([&, name] {
      Shard shard = list_shard(name, clock_.now() + kRequest);
      std::vector<std::string> problems;
      std::vector<IndexEntry> all = newest_in(shard, cache, problems);
      readers.alone([&] {
        take_forgotten(all, reading);
        reading.problems.insert(reading.problems.end(), problems.begin(), problems.end());
        reading.entries += all.size();
        for (const IndexEntry& entry : all) visit_named(entry);
      });
    });
  }
  readers.finish();
  return reading;
}

std::vector<IndexEntry> JobIndex::newest_in(Shard& shard, const FoldCache* cache,
                                            std::vector<std::string>& problems) {
  auto found = entries_in(shard, cache, problems);
  for (int tries = 1; !found && tries < kTriesMax; ++tries) {
    shard = list_shard(shard.name, clock_.now() + kRequest);
    problems.clear();
    found = entries_in(shard, cache, problems);
  }
  if (!found) problems.push_back("a part of the job index changes too fast to be read");
  std::vector<IndexEntry> all = std::move(found).value_or(std::vector<IndexEntry>{});
  std::sort(all.begin(), all.end(), before);
  all.erase(std::unique(all.begin(), all.end(),
                        [](const IndexEntry& a, const IndexEntry& b) { return a.job == b.job; }),
            all.end());
  return all;
}

JobIndex::Shard JobIndex::list_shard(const std::string& name, TimePoint deadline) {
  Shard shard{name, {}, {}};
  // The folds last: an entry that is gone by then is in one of them.
  for (const std::string& prefix : {layout_.index_entries(name), layout_.index_folds(name)}) {
    std::string after;
    for (;;) {  // Ends with the listing.
      const auto page = store_.list(prefix, after, kPage, deadline);
      for (const ObjectEntry& object : page) add(shard, object);
      if (page.size() < kPage) break;
      after = page.back().key;
    }
  }
  return shard;
}

std::optional<std::vector<IndexEntry>> JobIndex::entries_in(const Shard& shard,
                                                            const FoldCache* cache,
                                                            std::vector<std::string>& problems) {
  std::vector<IndexEntry> all;
  for (const std::string& name : shard.entries) {
    if (auto entry = index_entry_from_text(name)) all.push_back(std::move(*entry));
  }
  for (const ObjectEntry& fold : shard.folds) {
    try {
      auto entries = entries_of_fold(fold, cache, clock_.now() + kRequest);
      if (!entries) return std::nullopt;
      std::move(entries->begin(), entries->end(), std::back_inserter(all));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::unavailable) throw;
      problems.push_back(std::string(error.what()) + " (" + fold.key + ")");
    }
  }
  return all;
}

std::optional<std::vector<IndexEntry>> JobIndex::entries_of_fold(const ObjectEntry& fold,
                                                                 const FoldCache* cache,
                                                                 TimePoint deadline) {
  const Sha256Digest digest = digest_of(fold);
  if (cache != nullptr) {
    if (const auto kept = cache->get(digest)) {
      try {
        return entries_of(*kept, digest);
      } catch (const Error&) {
        // Damaged on this disk: the store has it.
      }
    }
  }
  const auto bytes = store_.get(fold.key, kFoldBytesMax, deadline);
  if (!bytes) return std::nullopt;
  auto entries = entries_of(*bytes, digest);
  if (cache != nullptr) cache->keep(digest, *bytes);
  return entries;
}

void JobIndex::add(Shard& shard, const ObjectEntry& object) const {
  const std::string_view name = last_part(object.key);
  if (!object.key.starts_with(layout_.index_folds(shard.name))) {
    shard.entries.emplace_back(name);
  } else if (Sha256Digest::from_hex(name)) {
    shard.folds.push_back(object);
  }
}

}  // namespace holdfast
