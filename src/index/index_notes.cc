#include "index/index_notes.h"

#include <algorithm>

#include "base/digest.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kNoting = std::chrono::seconds(10);
constexpr Duration kFolding = std::chrono::seconds(30);

bool says_nothing_new(RecordKind kind) {
  return kind == RecordKind::asked || kind == RecordKind::answered;
}

void make_room(auto& map, std::size_t size_max) {
  if (map.size() >= size_max) map.erase(map.begin());
}

bool chosen(const std::string& job, std::uint64_t one_in) {
  return sha256(job).bytes[1] % one_in == 0;
}

}  // namespace

bool IndexNotes::tell(const JobId& job, const Record& record) {
  bool sooner = false;
  state_.with([&](State& state) {
    for (const auto& [ended, number] : state.ended) {
      if (ended == job.text() && record.number <= number) return;
    }
    const auto written = state.written.find(job.text());
    if (written != state.written.end()) {
      // An old record that is read once more is no news, nor is a question about a job that is in
      // the index; about one that is not, each record says all.
      if (record.number <= written->second.entry.number) return;
      if (says_nothing_new(record.kind)) return;
      const bool lately = clock_.now() < written->second.when + kProgressEvery;
      if (record.kind == RecordKind::checkpointed && lately) return;
    }
    const TimePoint before = due_of(state);
    let_wait(state, job, record);
    sooner = due_of(state) < before;
  });
  return sooner;
}

void IndexNotes::let_wait(State& state, const JobId& job, const Record& record) const {
  const auto waiting = state.waiting.find(job.text());
  if (waiting != state.waiting.end()) {
    if (waiting->second.number < record.number) waiting->second = index_entry(job, record);
    return;
  }
  const auto begun = state.begun.find(job.text());
  if (begun != state.begun.end()) {
    if (record.number <= begun->second.entry.number) return;
    if (record.state == JobState::running) {
      begun->second.entry = index_entry(job, record);
      return;
    }
    state.begun.erase(begun);
  }
  if (record.kind == RecordKind::claimed) {
    make_room(state.begun, kWaitingMax);
    state.begun.emplace(job.text(), Begun{index_entry(job, record), clock_.now() + kBegunFor});
  } else {
    make_room(state.waiting, kWaitingMax);
    state.waiting.emplace(job.text(), index_entry(job, record));
  }
}

TimePoint IndexNotes::due_of(const State& state) {
  if (!state.waiting.empty()) return TimePoint::min();
  TimePoint due = TimePoint::max();
  for (const auto& [job, begun] : state.begun) due = std::min(due, begun.due);
  return due;
}

void IndexNotes::write_all(TimePoint deadline) {
  again_ = TimePoint::max();
  while (clock_.now() < deadline) {
    try {
      if (!write_next(deadline)) return;
    } catch (const Error& error) {
      // Whoever needs the store says that it is away.
      if (error.kind() == ErrorKind::rejected) continue;
      again_ = clock_.now() + kAgainAfter;
      return;
    }
  }
}

TimePoint IndexNotes::due() {
  if (again_ != TimePoint::max()) return again_;
  TimePoint due;
  state_.with([&](const State& state) { due = due_of(state); });
  return due;
}

void IndexNotes::hurry() {
  state_.with([](State& state) {
    for (auto& [job, begun] : state.begun) begun.due = TimePoint::min();
  });
}

bool IndexNotes::write_next(TimePoint deadline) {
  if (to_fold_) {
    const std::string job = *std::exchange(to_fold_, std::nullopt);
    index_.fold(job, folding_.ended_min, std::min(clock_.now() + kFolding, deadline));
    return true;
  }
  std::optional<IndexEntry> entry;
  std::optional<IndexEntry> before;
  state_.with([&](State& state) {
    std::erase_if(state.begun, [&](auto& begun) {
      const bool due = begun.second.due <= clock_.now();
      if (due) state.waiting.insert_or_assign(begun.first, std::move(begun.second.entry));
      return due;
    });
    if (state.waiting.empty()) return;
    entry = std::move(state.waiting.begin()->second);
    state.waiting.erase(state.waiting.begin());
    const auto written = state.written.find(entry->job);
    if (written != state.written.end()) {
      before = std::move(written->second.entry);
      state.written.erase(written);
    }
    if (is_end(entry->state)) {
      if (state.ended.size() >= kEndedMax) state.ended.pop_front();
      state.ended.emplace_back(entry->job, entry->number);
      return;
    }
    make_room(state.written, kWaitingMax);
    state.written.emplace(entry->job, Written{*entry, clock_.now()});
  });
  if (!entry) return false;
  try {
    index_.note(*entry, before, std::min(clock_.now() + kNoting, deadline));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::rejected) keep_for_later(*entry, before);
    throw;
  }
  if (is_end(entry->state) && chosen(entry->job, folding_.one_in)) to_fold_ = entry->job;
  return true;
}

void IndexNotes::keep_for_later(const IndexEntry& entry, const std::optional<IndexEntry>& before) {
  state_.with([&](State& state) {
    state.written.erase(entry.job);
    std::erase(state.ended, std::pair(entry.job, entry.number));
    if (before) state.written.emplace(entry.job, Written{*before, {}});
    // Unless a newer one waits by now.
    if (!state.begun.contains(entry.job)) state.waiting.emplace(entry.job, entry);
  });
}

}  // namespace holdfast
