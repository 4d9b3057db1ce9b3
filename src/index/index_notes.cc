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

bool IndexNotes::tell(const JobId& job, const Record& record) {
  if (says_nothing_new(record.kind)) return false;
  bool first = false;
  state_.with([&](State& state) {
    const auto written = state.written.find(job.text());
    if (record.kind == RecordKind::checkpointed && written != state.written.end() &&
        clock_.now() < written->second.when + kProgressEvery) {
      return;
    }
    const auto waiting = state.waiting.find(job.text());
    if (waiting != state.waiting.end()) {
      if (waiting->second.number < record.number) waiting->second = index_entry(job, record);
      return;
    }
    first = state.waiting.empty();
    if (state.waiting.size() >= kWaitingMax) state.waiting.erase(state.waiting.begin());
    state.waiting.emplace(job.text(), index_entry(job, record));
  });
  return first;
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
  state_.with([&](State& state) {
    if (state.waiting.empty()) return;
    entry = std::move(state.waiting.begin()->second);
    state.waiting.erase(state.waiting.begin());
    const auto written = state.written.find(entry->job);
    if (written != state.written.end()) {
      before = std::move(written->second.entry);
      state.written.erase(written);
    }
    if (is_end(entry->state)) return;
    if (state.written.size() >= kWaitingMax) state.written.erase(state.written.begin());
    state.written.emplace(entry->job, Written{*entry, clock_.now()});
  });
  if (!entry) return false;
  index_.note(*entry, before, deadline);
  if (is_end(entry->state) && chosen(entry->job, kFoldOneIn)) to_fold_ = entry->job;
  return true;
}

}  // namespace holdfast
