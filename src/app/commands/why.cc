// holdfast why: what one job waits for, or does.
#include "status/why.h"

#include <optional>

#include "app/commands/commands.h"
#include "app/commands/places.h"
#include "app/exit_codes.h"
#include "app/place_in_queue.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/wiring.h"
#include "base/log.h"
#include "base/utf8.h"
#include "core/fleet_layout.h"
#include "core/last_line.h"
#include "index/group_stops.h"
#include "index/job_groups.h"
#include "status/unfit_workers.h"
#include "tasklog/log_reader.h"

namespace holdfast {

namespace {

constexpr Duration kQueueWait = std::chrono::seconds(15);
constexpr std::size_t kLinesLookedAt = 20;

std::string last_line_of(Store& store, const Clock& clock, const JobStatus& status) {
  const auto end = end_of_log(store, clock, status.id, status.newest->attempt, kLinesLookedAt);
  if (!end) return {};
  std::string text;
  for (const std::string& line : end->lines) text += line + "\n";
  return shown_last_line(text);
}

// The queue may be out of reach: the job's log says the most.
void look_at_queue(const QueueConfig& queue, const JobId& id, const CommandContext& context,
                   WhyFacts& facts) {
  try {
    facts.queue = make_admin(queue, context.clock)->counts(context.clock.now() + kQueueWait);
    facts.place = place_in(queue, id, facts.now);
  } catch (const Error& error) {
    say("holdfast: warning: the queue cannot be asked: " + std::string(error.what()) + "\n");
  }
}

// nullopt if they cannot be read: the rest is told all the same.
std::optional<std::vector<std::string>> groups_with(const JobId& id, Store& store,
                                                    const CommandContext& context,
                                                    const FleetLayout& layout) {
  try {
    JobGroups groups(store, context.clock, layout);
    std::vector<std::string> found;
    for (const std::string& name : groups.names()) {
      if (groups.jobs_of(name).contains(id.text())) found.push_back(name);
    }
    return found;
  } catch (const Error& error) {
    say("holdfast: warning: the groups cannot be read: " + std::string(error.what()) + "\n");
    return std::nullopt;
  }
}

std::string words_of(const WhyOptions& options) {
  if (!options.state.empty()) return "--state " + options.state;
  return options.place.env_file.empty() ? "" : "--env-file " + options.place.env_file;
}

}  // namespace

int explain_job(const WhyOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  SignalWatch::let_through();
  const auto id = JobId::parse(options.job);
  if (!id) throw UsageError(JobId::what_is_wrong(options.job));
  const Settings settings = settings_of(options.place, options.state);
  const QueueConfig queue = existing_queue(settings);
  StoreStack store(existing_store(settings), context.clock);
  const JobStatus status = look_at_job(store.store(), context.clock, *id);
  WhyFacts facts{context.clock.wall()};
  facts.words = words_of(options);
  const bool over = status.newest && is_end(status.newest->state);
  if (!over) look_at_queue(queue, *id, context, facts);
  const FleetLayout layout(queue_name(queue));
  // A broker does not say what is in its queue.
  if (!status.newest && !facts.place)
    facts.groups = groups_with(*id, store.store(), context, layout);
  if (facts.queue.held > 0) {
    facts.stopped = stop_of(*id, store.store(), context.clock, layout);
  }
  if (!over) facts.unfit = unfit_workers(store.store(), context.clock);
  if (status.newest) {
    facts.last_line = last_line_of(store.store(), context.clock, status);
    const LogReader log(store.store(), context.clock, *id);
    facts.log_ended =
        status.newest->state == JobState::cancelled && log.ended(status.newest->attempt);
  }
  const Why found = why(status, facts);
  print(options.json ? to_json(status, facts, found) + "\n" : visible_line(found.text) + "\n");
  return found.state == "unknown" ? kExitNotAll : kExitDone;
}

}  // namespace holdfast
