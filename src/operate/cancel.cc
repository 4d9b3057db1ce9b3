#include "operate/cancel.h"

#include "base/wall_time.h"
#include "core/transition.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"
#include "tasklog/log_reader.h"

namespace holdfast {

namespace {

constexpr Duration kStep = std::chrono::seconds(30);
// How often the job's owner may be first to append before we give up.
constexpr int kTriesMax = 100;

}  // namespace

Cancellation cancel_job(Store& store, const Clock& clock, const JobId& id, const std::string& by) {
  JobLog log(store, clock, id);
  for (int i = 0; i < kTriesMax; ++i) {
    Cancellation result{false, log.read(clock.now() + kStep)};
    if (result.before && is_end(result.before->state)) return result;
    const std::string when = to_text(clock.wall());
    const auto step = [&](const std::optional<Record>& newest) {
      return cancelled(newest, by, when);
    };
    if (log.append_as_claimant(step, clock.now() + kStep) == AppendOutcome::appended) {
      result.cancelled_now = true;
      return result;
    }
  }
  throw Error(ErrorKind::unavailable, "others keep writing to the log of job " + id.text());
}

bool stopped_since(Store& store, const Clock& clock, const JobId& id,
                   const Cancellation& cancellation) {
  return LogReader(store, clock, id).ended(cancellation.before->attempt);
}

}  // namespace holdfast
