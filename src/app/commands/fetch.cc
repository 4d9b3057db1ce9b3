// holdfast fetch: brings the results of completed jobs into a folder, and into a table.
#include <optional>

#include "app/commands/commands.h"
#include "app/commands/job_index.h"
#include "app/commands/named_jobs.h"
#include "app/commands/places.h"
#include "app/exit_codes.h"
#include "app/fetching.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/wiring.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "status/job_watch.h"

namespace holdfast {

namespace {

constexpr Duration kPauseFirst = std::chrono::milliseconds(500);
constexpr Duration kPauseMax = std::chrono::seconds(10);

// All that have ended since the last time are fetched, until all have ended or `stop` is asked for.
void follow(NamedJobs& jobs, const std::vector<JobId>& first, const PlaceOptions& place,
            const std::string& state, Fetching& fetching, const CommandContext& context,
            const std::stop_token& stop) {
  QueueIndex index(place, state, context.clock);
  JobWatch watch(index.jobs(), index.cache(), index.store(), context.clock, first);
  Mailbox<bool> stopped;
  const std::stop_callback wake(stop, [&] { stopped.post(true); });
  for (Duration pause = kPauseFirst;; pause = std::min(pause * 2, kPauseMax)) {
    std::vector<JobId> ended;
    for (const EndedJob& job : watch.look()) ended.push_back(job.id);
    fetching.fetch(ended);
    bool away = false;
    if (watch.open() == 0) {
      try {
        watch.add(jobs.take_new());
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::unavailable) throw;
        away = true;  // Whether more have joined is asked again.
      }
    }
    if ((watch.open() == 0 && !away) || stop.stop_requested()) return;
    if (!ended.empty()) pause = kPauseFirst;
    if (stopped.next(context.clock.now() + pause)) return;
  }
}

}  // namespace

int fetch_results(const FetchOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  if (options.to.empty() && options.table.empty()) {
    throw UsageError("give the destination: --to DIR, or --table FILE for a table only");
  }
  const std::string state = state_of(options.named, options.place, options.state);
  NamedJobs jobs(options.named, options.place, state, context.clock);
  const std::vector<JobId> first = jobs.take_new();  // Before any folder is made.
  StoreStack store(existing_store(settings_of(options.place, state)), context.clock);
  StopOnSignal stop(context.signals, context.clock);
  Fetching fetching(store.store(), context.clock,
                    {options.to, {options.only, options.flat}, options.table, options.json},
                    stop.token());
  if (options.follow) {
    follow(jobs, first, options.place, state, fetching, context, stop.token());
  } else {
    fetching.fetch(first);
  }
  const bool whole = fetching.finish();
  if (const auto signal = stop.signal()) {
    say("Stopped; run the same command again to continue.\n");
    return kExitSignalBase + *signal;
  }
  return whole ? kExitDone : kExitNotAll;
}

}  // namespace holdfast
