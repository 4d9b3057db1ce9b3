// holdfast wait: ends when all of some jobs have ended.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "app/commands/commands.h"
#include "app/commands/job_index.h"
#include "app/commands/named_jobs.h"
#include "app/exit_codes.h"
#include "app/terminal.h"
#include "base/log.h"
#include "core/dead_reason.h"
#include "core/text.h"
#include "index/group_stops.h"
#include "status/job_watch.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

// Between two looks: soon at first, for jobs of seconds.
constexpr Duration kPauseFirst = std::chrono::milliseconds(500);
constexpr Duration kPauseMax = std::chrono::seconds(10);

struct Counts {
  std::uint64_t completed = 0;
  std::uint64_t dead = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t open = 0;

  void add(JobState state) {
    (state == JobState::completed ? completed : state == JobState::dead ? dead : cancelled) += 1;
  }
};

void print_json(const Json& json) {
  print(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

void tell(const EndedJob& job, std::uint64_t ended, std::uint64_t all, bool json) {
  const std::string state(to_text(job.state));
  if (json) {
    return print_json({{"event", "ended"},
                       {"job_id", job.id.text()},
                       {"state", state},
                       {"reason", job.why.empty() ? Json(nullptr) : Json(job.why)},
                       {"attempt", job.attempt}});
  }
  print(job.id.text() + ": " + (job.state == JobState::dead ? dead_and_why(job.why) : state) +
        (job.damage.empty() ? "" : ": " + job.damage) + " (" + grouped(ended) + " of " +
        grouped(all) + ")\n");
}

void tell_end(const Counts& counts, const char* event, bool json) {
  if (json) {
    return print_json({{"event", event},
                       {"completed", counts.completed},
                       {"dead", counts.dead},
                       {"cancelled", counts.cancelled},
                       {"open", counts.open}});
  }
  std::string text = grouped(counts.completed) + " completed";
  if (counts.dead > 0) text += ", " + grouped(counts.dead) + " dead";
  if (counts.cancelled > 0) text += ", " + grouped(counts.cancelled) + " cancelled";
  if (counts.open > 0) text += ", " + grouped(counts.open) + " have not ended";
  print(text + "\n");
}

// The rest of a group that has stopped does not end by itself. True if that was told.
bool tell_stop(QueueIndex& index, const WaitOptions& options, const CommandContext& context) {
  const std::string& group = options.named.group;
  const auto stop = GroupStops(index.store(), context.clock, index.layout()).find(group);
  if (!stop) return false;
  if (options.json) {
    print_json({{"event", "stopped"}, {"group", group}, {"dead", stop->dead}});
  } else {
    say("Group " + group + " has stopped, because " + grouped(stop->dead) +
        (stop->dead == 1 ? " job is" : " jobs are") + " dead; holdfast resume --group " + group +
        " resumes it\n");
  }
  return true;
}

}  // namespace

int wait_for_jobs(const WaitOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);
  const std::string state = state_of(options.named, options.place, options.state);
  NamedJobs jobs(options.named, options.place, state, context.clock);
  QueueIndex index(options.place, state, context.clock);
  JobWatch watch(index.jobs(), index.cache(), index.store(), context.clock, jobs.take_new());
  const TimePoint until =
      options.timeout ? context.clock.now() + *options.timeout : TimePoint::max();
  Counts counts;
  bool away = false;
  bool stop_told = options.named.group.empty();
  for (Duration pause = kPauseFirst;; pause = std::min(pause * 2, kPauseMax)) {
    try {
      for (const EndedJob& job : watch.look()) {
        counts.add(job.state);
        tell(job, counts.completed + counts.dead + counts.cancelled, jobs.size(), options.json);
        pause = kPauseFirst;
      }
      away = false;
      if (!stop_told && counts.dead > 0) stop_told = tell_stop(index, options, context);
      if (watch.open() == 0) watch.add(jobs.take_new());
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unavailable) throw;
      if (!away) say("holdfast: " + std::string(error.what()) + "; trying again\n");
      away = true;
    }
    counts.open = watch.open();
    if (counts.open == 0 && !away) {  // Else more may have joined.
      tell_end(counts, "done", options.json);
      return counts.completed == jobs.size() ? kExitDone : kExitJobsDead;
    }
    if (context.clock.now() >= until) {
      tell_end(counts, "timed_out", options.json);
      return kExitTimedOut;
    }
    const auto signal = context.signals.next(std::min(until, context.clock.now() + pause));
    if (signal) return kExitSignalBase + *signal;
  }
}

}  // namespace holdfast
