#include "joblog/job_log.h"

#include "base/wall_time.h"
#include "core/transition.h"
#include "holdfast/error.h"

namespace holdfast {

JobLog::JobLog(Store& store, const Clock& clock, const JobId& job)
    : store_(store), clock_(clock), layout_(job) {}

std::optional<Record> JobLog::read_number(std::uint64_t number, TimePoint deadline) {
  const std::string key = layout_.record(number);
  const auto bytes = store_.get(key, kRecordBytesMax, deadline);
  if (!bytes) return std::nullopt;
  Record record = record_from_json(*bytes);
  if (record.number != number) {
    throw Error(ErrorKind::corrupt, "the log record " + key + " carries another number");
  }
  return record;
}

const std::optional<Record>& JobLog::read(TimePoint deadline) {
  const auto first = store_.list(layout_.log_prefix(), "", 1, deadline);
  if (first.empty()) {
    newest_.reset();
    return newest_;
  }
  const auto number = layout_.record_number(first.front().key);
  if (!number) {
    throw Error(ErrorKind::corrupt,
                "the object " + first.front().key + " stands in a job's log and is no record");
  }
  newest_ = read_number(*number, deadline);
  if (!newest_) {
    // Removed in between, or a store that is behind itself: no sign of damage yet.
    throw Error(ErrorKind::unavailable,
                "the store lists " + first.front().key + " but does not have it");
  }
  return newest_;
}

AppendOutcome JobLog::append_as_owner(const std::string& attempt_id, const Step& step,
                                      TimePoint deadline) {
  const Lost lost = [&](const Record& newest) { return supersedes(newest, attempt_id); };
  // A look may have shown it already.
  if (lost(*newest_)) return AppendOutcome::superseded;
  return append(step, lost, deadline);
}

AppendOutcome JobLog::append_as_claimant(const Step& step, TimePoint deadline) {
  const Lost lost = [](const Record& newest) { return newest.kind != RecordKind::asked; };
  return append(step, lost, deadline);
}

AppendOutcome JobLog::append(const Step& step, const Lost& lost, TimePoint deadline) {
  for (int behind = 0; behind < kRecordsBehindMax; ++behind) {
    Record record = step(newest_);
    record.number = newest_ ? newest_->number + 1 : 1;
    record.when = to_text(clock_.wall());
    const std::string bytes = to_json(record);
    if (bytes.size() > kRecordBytesMax) {
      // What we add is bounded: the record before it was not written by us.
      throw Error(ErrorKind::corrupt, "the log below " + layout_.root() + " holds a record that " +
                                          "leaves no room for the next one");
    }
    if (store_.create(layout_.record(record.number), bytes, deadline) == CreateOutcome::created) {
      newest_ = std::move(record);
      return AppendOutcome::appended;
    }
    auto there = read_number(record.number, deadline);
    if (!there) {
      throw Error(
          ErrorKind::unavailable,
          "the store refuses to create " + layout_.record(record.number) + " but does not have it");
    }
    // Equal but for the time of writing: an earlier try of ours had landed, its answer was lost.
    record.when = there->when;
    const bool ours = to_json(*there) == to_json(record);
    newest_ = std::move(there);
    if (ours) return AppendOutcome::appended;
    if (lost(*newest_)) return AppendOutcome::superseded;
  }
  throw Error(ErrorKind::unavailable, "others keep appending to the log below " + layout_.root());
}

bool JobLog::look(TimePoint deadline) {
  // Taken over only as a whole: half a look that throws must not hide what it has seen.
  std::optional<Record> last;
  for (int behind = 0; behind < kRecordsBehindMax; ++behind) {
    const std::uint64_t known = last ? last->number : newest_ ? newest_->number : 0;
    auto next = read_number(known + 1, deadline);
    if (!next) break;
    last = std::move(next);
  }
  if (!last) return false;
  newest_ = std::move(last);
  return true;
}

}  // namespace holdfast
