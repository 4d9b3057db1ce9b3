// holdfast cancel: ends jobs for good.
#include "operate/cancel.h"

#include <algorithm>

#include "app/commands/commands.h"
#include "app/commands/places.h"
#include "app/exit_codes.h"
#include "app/person.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/wiring.h"
#include "base/log.h"
#include "operate/operate_json.h"

namespace holdfast {

namespace {

// A worker looks into the job's log every 15 seconds, and stops its program within another 30.
constexpr Duration kWaitDefault = std::chrono::seconds(45);
constexpr Duration kLookEvery = std::chrono::seconds(1);

struct Asked {
  JobId id;
  Cancellation result;
  bool stopped = false;  // What ran is gone.
};

bool ran(const Asked& job) {
  return job.result.cancelled_now && job.result.before &&
         job.result.before->state == JobState::running;
}

// One word for programs, and whether it is what was asked for.
std::string outcome_of(const Asked& job) {
  if (!job.result.cancelled_now) {
    const JobState state = job.result.before->state;
    return state == JobState::cancelled ? "cancelled_already" : std::string(to_text(state));
  }
  return ran(job) && !job.stopped ? "cancelled_unconfirmed" : "cancelled";
}

std::string sentence_of(const Asked& job, bool waited) {
  const std::string name = job.id.text();
  const auto& before = job.result.before;
  if (!before) return name + ": cancelled; no worker had seen it yet\n";
  if (job.result.cancelled_now) {
    if (before->state == JobState::waiting) return name + ": cancelled while it waited\n";
    if (job.stopped) return name + ": cancelled; " + before->worker + " has stopped it\n";
    return name + ": cancelled; " + before->worker +
           (waited ? " was not seen to stop it in time: it does so when it looks, and nothing that "
                     "it still does counts\n"
                   : " stops it within a minute\n");
  }
  switch (before->state) {
    case JobState::completed:
      return name + ": is completed already; its result stays\n";
    case JobState::dead:
      return name + ": is dead already (" + before->reason +
             "); holdfast dead requeue or drop decides about it\n";
    default:
      return name + ": was cancelled before" + (before->by.empty() ? "" : " by " + before->by) +
             "\n";
  }
}

std::vector<JobId> ids_of(const std::vector<std::string>& words) {
  std::vector<JobId> ids;
  for (const std::string& word : words) {
    const auto id = JobId::parse(word);
    if (!id) throw UsageError(JobId::what_is_wrong(word));
    if (std::find(ids.begin(), ids.end(), *id) == ids.end()) ids.push_back(*id);
  }
  return ids;
}

void await_stops(std::vector<Asked>& jobs, Store& store, Duration wait,
                 const CommandContext& context) {
  const TimePoint until = context.clock.now() + wait;
  for (;;) {  // Ends with the wait.
    bool all = true;
    for (Asked& job : jobs) {
      if (!ran(job) || job.stopped) continue;
      job.stopped = stopped_since(store, context.clock, job.id, job.result);
      all = all && job.stopped;
    }
    if (all || context.clock.now() >= until) return;
    if (context.signals.next(std::min(until, context.clock.now() + kLookEvery))) return;
  }
}

}  // namespace

int cancel_jobs(const CancelOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  const std::vector<JobId> ids = ids_of(options.jobs);
  StoreStack store(existing_store(settings_of(options.place, options.state)), context.clock);
  const std::string by = this_person();
  std::vector<Asked> jobs;
  // All are cancelled before any is waited for.
  for (const JobId& id : ids) {
    jobs.push_back({id, cancel_job(store.store(), context.clock, id, by), false});
  }
  const Duration wait = options.wait.value_or(kWaitDefault);
  if (wait > Duration::zero()) await_stops(jobs, store.store(), wait, context);
  bool as_asked = true;
  for (const Asked& job : jobs) {
    const std::string outcome = outcome_of(job);
    const auto& before = job.result.before;
    as_asked = as_asked && (outcome.starts_with("cancelled") &&
                            (outcome != "cancelled_unconfirmed" || wait == Duration::zero()));
    print(options.json ? cancel_json(job.id.text(), outcome,
                                     before ? std::string(to_text(before->state)) : "unclaimed",
                                     before ? before->worker : "") +
                             "\n"
                       : sentence_of(job, wait > Duration::zero()));
  }
  return as_asked ? kExitDone : kExitNotAll;
}

}  // namespace holdfast
