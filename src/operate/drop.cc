#include "operate/drop.h"

#include "holdfast/error.h"
#include "joblog/job_log.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);

}  // namespace

std::optional<std::string> why_not_dropped(const DeadLetterView& letter, Store& store,
                                           const Clock& clock) {
  if (!letter.job) return std::nullopt;
  try {
    const auto newest = JobLog(store, clock, *letter.job).read(clock.now() + kRequest);
    if (newest && is_end(newest->state)) return std::nullopt;
    return (newest ? "the job has not ended; it is " + std::string(to_text(newest->state))
                   : "no worker has claimed the job yet") +
           "; requeue or cancel it first";
  } catch (const Error& error) {
    // Whether it has ended cannot be known.
    if (error.kind() != ErrorKind::corrupt) throw;
    return error.what();
  }
}

}  // namespace holdfast
