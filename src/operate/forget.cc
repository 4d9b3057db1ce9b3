#include "operate/forget.h"

#include "base/wall_time.h"
#include "core/transition.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"

namespace holdfast {

namespace {

constexpr Duration kStep = std::chrono::seconds(30);
// How often the job's owner may be first to append before we give up.
constexpr int kTriesMax = 100;

}  // namespace

Forgetting forget_job(Store& store, const Clock& clock, const JobId& id, const std::string& by) {
  JobLog log(store, clock, id);
  for (int i = 0; i < kTriesMax; ++i) {
    const std::optional<Record> before = log.read(clock.now() + kStep);
    if (before && is_forgotten(*before)) return {false, before, *before};
    const std::string when = to_text(clock.wall());
    const auto step = [&](const std::optional<Record>& newest) {
      return forgotten(newest, by, when);
    };
    if (log.append_as_claimant(step, clock.now() + kStep) == AppendOutcome::appended) {
      return {true, before, *log.newest()};
    }
  }
  throw Error(ErrorKind::unavailable, "others keep writing to the log of job " + id.text());
}

bool let_go_since(Store& store, const Clock& clock, const JobId& id, Record& newest) {
  JobLog log(store, clock, id);
  const auto& now = log.read(clock.now() + kStep);
  if (now && is_forgotten(*now)) newest = *now;
  return newest.worker.empty();
}

}  // namespace holdfast
