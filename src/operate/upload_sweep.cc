#include "operate/upload_sweep.h"

#include <algorithm>

#include "base/thread_pool.h"
#include "core/upload_layout.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"
#include "operate/collect.h"

namespace holdfast {

namespace {

constexpr Duration kStep = std::chrono::seconds(30);
constexpr int kWidth = 16;

// Calls `work` for each, several at a time.
template <typename Items, typename Work>
void for_all(const Items& items, const std::stop_token& stop, const Work& work) {
  ThreadPool pool(static_cast<int>(std::clamp<std::size_t>(items.size(), 1, kWidth)),
                  /*background=*/false);
  for (const auto& item : items) {
    if (stop.stop_requested()) break;
    pool.give([&work, &item, &pool] { work(item, pool); });
  }
  pool.finish();
}

void count(Swept& swept, std::uint64_t bytes) {
  swept.files += 1;
  swept.bytes += bytes;
}

}  // namespace

Swept UploadSweep::plan() {
  Swept planned;
  const std::vector<Copy> there = copies();
  if (there.empty()) return planned;
  read_names();
  for (const Copy& copy : unneeded(there)) count(planned, copy.size_bytes);
  return planned;
}

Swept UploadSweep::remove(const std::stop_token& stop) {
  Swept removed;
  const std::vector<Copy> there = copies();
  read_names();
  const std::vector<Copy> going = unneeded(there);
  for_all(going, stop, [this](const Copy& copy, ThreadPool&) {
    static_cast<void>(
        store_.create(upload_gone_key({copy.file, copy.number}), "", clock_.now() + kStep));
  });
  if (stop.stop_requested()) return removed;
  // From here on nobody relies on them who has not said so by now.
  read_names();
  for_all(unneeded(going), stop, [&](const Copy& copy, ThreadPool& pool) {
    store_.remove(upload_copy_key({copy.file, copy.number}), clock_.now() + kStep);
    pool.alone([&] { count(removed, copy.size_bytes); });
  });
  if (!stop.stop_requested()) remove_notes(stop);
  return removed;
}

UploadsUsage UploadSweep::usage() {
  UploadsUsage usage;
  const std::vector<Copy> there = copies();
  if (there.empty()) return usage;
  read_names();
  std::map<std::string, std::set<std::string>> groups_of;
  for (const auto& [key, note] : notes_) {
    for (const auto& [file, jobs] : note.jobs) groups_of[file].insert(note.group);
  }
  for_all(there, {}, [&](const Copy& copy, ThreadPool& pool) {
    const bool named = jobs_of_.contains(copy.file);
    const bool needed = is_needed(copy.file);
    pool.alone([&] {
      count(usage.all, copy.size_bytes);
      if (!named) count(usage.unnamed, copy.size_bytes);
      if (named && !needed) count(usage.unneeded, copy.size_bytes);
      for (const std::string& group : groups_of[copy.file]) {
        count(usage.by_group[group], copy.size_bytes);
      }
    });
  });
  return usage;
}

// Also those that came since the last call; what logs said then is forgotten.
void UploadSweep::read_names() {
  std::set<std::string> known;
  for (const auto& [key, note] : notes_) known.insert(key);
  for (UploadNote& note : Uploads(store_, clock_).notes(known)) {
    for (const auto& [file, jobs] : note.jobs) {
      jobs_of_[file].insert(jobs.begin(), jobs.end());
      named_at_[file] = std::max(named_at_[file], note.when);
    }
    std::string key = note.key;
    notes_.emplace(std::move(key), std::move(note));
  }
  needs_.with([](std::map<std::string, bool>& needs) { needs.clear(); });
}

std::vector<UploadSweep::Copy> UploadSweep::copies() {
  std::vector<Copy> found;
  each_object(store_, clock_, std::string(kUploadsPrefix), [&](const ObjectEntry& object) {
    const auto copy = upload_copy_at(object.key, kUploadsPrefix);
    if (copy) found.push_back({copy->file, copy->number, object.size_bytes});
  });
  return found;
}

std::vector<UploadSweep::Copy> UploadSweep::unneeded(const std::vector<Copy>& copies) {
  std::vector<Copy> found;
  for_all(copies, {}, [&](const Copy& copy, ThreadPool& pool) {
    const auto jobs = jobs_of_.find(copy.file);
    if (jobs == jobs_of_.end() || named_at_.at(copy.file) > wishes_.before) return;
    const auto& wanted = wishes_.of_jobs;
    if (wanted && std::ranges::none_of(jobs->second,
                                       [&](const auto& job) { return wanted->contains(job); })) {
      return;
    }
    if (!is_needed(copy.file)) pool.alone([&] { found.push_back(copy); });
  });
  return found;
}

bool UploadSweep::is_needed(const std::string& file) {
  const auto jobs = jobs_of_.find(file);
  return jobs != jobs_of_.end() &&
         std::ranges::any_of(jobs->second, [this](const auto& job) { return job_needs_it(job); });
}

bool UploadSweep::job_needs_it(const std::string& job) {
  std::optional<bool> known;
  needs_.with([&](const std::map<std::string, bool>& needs) {
    const auto found = needs.find(job);
    if (found != needs.end()) known = found->second;
  });
  if (known) return *known;
  const auto newest = JobLog(store_, clock_, *JobId::parse(job)).read(clock_.now() + kStep);
  // Without a log it waits in a queue.
  bool needed = !newest || !is_end(newest->state);
  if (!needed) {
    const auto released = wishes_.released.find(job);
    const bool as_wished = released != wishes_.released.end() && released->second == newest->state;
    const std::int64_t ended = ended_at(*newest);
    const bool long_ago = ended != 0 && ended <= wishes_.before;
    needed = !long_ago || !(as_wished || is_forgotten(*newest));
  }
  needs_.with([&](std::map<std::string, bool>& needs) { needs[job] = needed; });
  return needed;
}

// Those of which no file is left.
void UploadSweep::remove_notes(const std::stop_token& stop) {
  std::set<std::string> left;
  for (const Copy& copy : copies()) left.insert(copy.file);
  std::vector<std::string> needless;
  for (const auto& [key, note] : notes_) {
    const bool names_none = std::ranges::none_of(
        note.jobs, [&](const auto& named) { return left.contains(named.first); });
    if (!names_none || note.when > wishes_.before) continue;
    bool jobs_over = true;
    for (const auto& [file, jobs] : note.jobs) jobs_over = jobs_over && !is_needed(file);
    if (jobs_over) needless.push_back(key);
  }
  for_all(needless, stop, [this](const std::string& key, ThreadPool&) {
    store_.remove(key, clock_.now() + kStep);
  });
}

}  // namespace holdfast
