// holdfast cancel: ends jobs for good.
#include "operate/cancel.h"

#include <algorithm>

#include "app/commands/commands.h"
#include "app/commands/named_jobs.h"
#include "app/commands/places.h"
#include "app/config.h"
#include "app/exit_codes.h"
#include "app/person.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/wiring.h"
#include "base/log.h"
#include "core/fleet_layout.h"
#include "operate/operate_json.h"

namespace holdfast {

namespace {

// A worker looks into the job's log every 15 seconds, and stops its program within another 30.
constexpr Duration kWaitDefault = std::chrono::seconds(45);
constexpr Duration kLookEvery = std::chrono::seconds(1);

struct Asked {
  JobId id;
  Cancellation result;
  bool stopped = false;     // What ran is gone.
  std::string damage = {};  // Why its log could not be read, and nothing was done; else empty.
};

// One damaged job shall not keep the others from being cancelled.
Asked ask(const JobId& id, Store& store, const Clock& clock, const std::string& by) {
  try {
    return {id, cancel_job(store, clock, id, by)};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    return {id, {}, false, error.what()};
  }
}

bool ran(const Asked& job) {
  return job.result.cancelled_now && job.result.before &&
         job.result.before->state == JobState::running;
}

// One word for programs.
std::string outcome_of(const Asked& job) {
  if (!job.damage.empty()) return "damaged";
  if (!job.result.cancelled_now) {
    const JobState state = job.result.before->state;
    return state == JobState::cancelled ? "cancelled_already" : std::string(to_text(state));
  }
  return ran(job) && !job.stopped ? "cancelled_unconfirmed" : "cancelled";
}

std::string sentence_of(const Asked& job, bool waited) {
  const std::string name = job.id.text();
  if (!job.damage.empty()) return name + ": unchanged, because " + job.damage + "\n";
  const auto& before = job.result.before;
  if (!before) return name + ": cancelled; no worker had seen it yet\n";
  if (job.result.cancelled_now) {
    if (before->state == JobState::waiting) return name + ": cancelled while it waited\n";
    if (job.stopped) return name + ": cancelled; " + before->worker + " has stopped it\n";
    return name + ": cancelled; " + before->worker +
           (waited ? " did not confirm in time that it stopped the program. It stops it when it "
                     "next reads the log, and nothing that it still does counts\n"
                   : " stops it within a minute\n");
  }
  switch (before->state) {
    case JobState::completed:
      return name + ": is already completed; its result stays\n";
    case JobState::dead:
      return name + ": is already dead (" + before->reason +
             "); use holdfast dead requeue or holdfast dead drop\n";
    default:
      return name + ": was already cancelled" + (before->by.empty() ? "" : " by " + before->by) +
             "\n";
  }
}

std::string was(const Asked& job) {
  if (!job.damage.empty()) return "unknown";
  return job.result.before ? std::string(to_text(job.result.before->state)) : "unclaimed";
}

// The signal that ended it early; nullopt if none did.
std::optional<int> await_stops(std::vector<Asked>& jobs, Store& store, Duration wait,
                               const CommandContext& context) {
  const TimePoint until = context.clock.now() + wait;
  for (;;) {  // Ends with the wait.
    bool all = true;
    for (Asked& job : jobs) {
      if (!ran(job) || job.stopped) continue;
      job.stopped = stopped_since(store, context.clock, job.id, job.result);
      all = all && job.stopped;
    }
    if (all || context.clock.now() >= until) return std::nullopt;
    const TimePoint next = std::min(until, context.clock.now() + kLookEvery);
    if (const auto signal = context.signals.next(next)) return signal;
  }
}

}  // namespace

int cancel_jobs(const CancelOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  const JobsNamed& named = options.named;
  require_named(named);
  const std::string state = state_of(named, options.place, options.state);
  const std::vector<JobId> ids = named_jobs(named, options.place, state, context.clock);
  const Settings settings = settings_of(options.place, state);
  // Without a queue's name the job index is not known; whoever meets the job next notes it there.
  std::optional<StoreStack> stack;
  if (settings.find("--queue", {"AMQP_URL"})) {
    stack.emplace(existing_store(settings), context.clock,
                  FleetLayout(queue_name(queue_config(settings))));
  } else {
    stack.emplace(existing_store(settings), context.clock);
  }
  Store& store = stack->store();
  const std::string by = this_person();
  std::vector<Asked> jobs;
  std::optional<int> signal;
  // All are cancelled before any is waited for.
  for (const JobId& id : ids) {
    signal = context.signals.take();
    if (signal) break;
    jobs.push_back(ask(id, store, context.clock, by));
  }
  const Duration wait = options.wait.value_or(kWaitDefault);
  const bool waits = !signal && wait > Duration::zero();
  if (waits) signal = await_stops(jobs, store, wait, context);
  bool as_asked = true;
  for (const Asked& job : jobs) {
    const std::string outcome = outcome_of(job);
    const auto& before = job.result.before;
    as_asked = as_asked && outcome.starts_with("cancelled") &&
               (outcome != "cancelled_unconfirmed" || wait == Duration::zero());
    print(options.json
              ? cancel_json(job.id.text(), outcome, was(job), before ? before->worker : "") + "\n"
              : sentence_of(job, waits));
  }
  for (std::size_t i = jobs.size(); i < ids.size(); ++i) {
    say(ids[i].text() + ": not cancelled, because a signal came first\n");
  }
  if (signal) return kExitSignalBase + *signal;
  return as_asked ? kExitDone : kExitNotAll;
}

}  // namespace holdfast
