// The log of one job: read the newest record, append the next. Appending is the only way to change
// anything, and create-if-absent the only primitive it needs (docs/protocol.md, Append).
//
// An append whose answer was lost is resolved by reading back what stands there, so repeating one
// is always right. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/time.h"
#include "core/job.h"
#include "core/record.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

enum class [[nodiscard]] AppendOutcome{
    appended,    // newest() is our record.
    superseded,  // Somebody else owns the job or has ended it; newest() is their record.
};

class JobLog {
 public:
  // Borrows store and clock.
  JobLog(Store& store, const Clock& clock, const JobId& job);

  // Reads the newest record; nullopt if nobody has claimed the job yet. Throws Error.
  const std::optional<Record>& read(TimePoint deadline);

  // As of the last call of this object.
  const std::optional<Record>& newest() const noexcept { return newest_; }

  // The record that follows the newest one.
  using Step = std::function<Record(const std::optional<Record>& newest)>;

  // Both append `step(newest)`. If somebody else was first, they go on from what was written,
  // unless that supersedes us.
  //
  // Both throw Error (unavailable) when `deadline` comes first: the record may stand or not. Call
  // again with the same step then, before any other call.

  // The attempt `attempt_id` is superseded by a newer one, and by an end that it did not write.
  AppendOutcome append_as_owner(const std::string& attempt_id, const Step& step,
                                TimePoint deadline);
  // Who owns nothing yet is superseded by any record but a question: it has to decide again.
  AppendOutcome append_as_claimant(const Step& step, TimePoint deadline);

  // Looks for a record after the newest: somebody asks, cancels, or has taken over. True if there
  // was one; newest() is then the last of them.
  [[nodiscard]] bool look(TimePoint deadline);

 private:
  // Records that others can append between two looks of ours; more is a fault.
  static constexpr int kRecordsBehindMax = 1000;

  using Lost = std::function<bool(const Record& newest)>;

  AppendOutcome append(const Step& step, const Lost& lost, TimePoint deadline);
  std::optional<Record> read_number(std::uint64_t number, TimePoint deadline);

  Store& store_;
  const Clock& clock_;
  StoreLayout layout_;
  std::optional<Record> newest_;
};

}  // namespace holdfast
