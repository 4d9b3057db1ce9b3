#include "index/index_notes.h"

#include "base/digest.h"

namespace holdfast {

namespace {

bool says_nothing_new(RecordKind kind) {
  return kind == RecordKind::asked || kind == RecordKind::answered;
}

bool chosen(const std::string& job, std::uint64_t one_in) {
  return sha256(job).bytes[1] % one_in == 0;
}

}  // namespace

void IndexNotes::tell(const JobId& job, const Record& record) {
  if (says_nothing_new(record.kind)) return;
  const std::lock_guard lock(mutex_);
  const auto written = written_.find(job.text());
  if (record.kind == RecordKind::checkpointed && written != written_.end() &&
      clock_.now() < written->second.when + kProgressEvery) {
    return;
  }
  const auto waiting = waiting_.find(job.text());
  if (waiting != waiting_.end()) {
    if (waiting->second.number < record.number) waiting->second = index_entry(job, record);
    return;
  }
  if (waiting_.size() >= kWaitingMax) waiting_.erase(waiting_.begin());
  waiting_.emplace(job.text(), index_entry(job, record));
}

bool IndexNotes::write_next(TimePoint deadline) {
  if (to_fold_) {
    const std::string job = std::move(*to_fold_);
    to_fold_.reset();
    index_.fold(job, JobIndex::kFoldMin, deadline);
    return true;
  }
  std::optional<IndexEntry> entry;
  std::optional<IndexEntry> before;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return false;
    entry = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    const auto written = written_.find(entry->job);
    if (written != written_.end()) {
      before = std::move(written->second.entry);
      written_.erase(written);
    }
    if (!is_end(entry->state)) {
      if (written_.size() >= kWaitingMax) written_.erase(written_.begin());
      written_.emplace(entry->job, Written{*entry, clock_.now()});
    }
  }
  index_.note(*entry, before, deadline);
  if (is_end(entry->state) && chosen(entry->job, kFoldOneIn)) to_fold_ = entry->job;
  return true;
}

}  // namespace holdfast
