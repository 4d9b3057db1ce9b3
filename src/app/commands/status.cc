// holdfast status: counts of all jobs, or one job.
#include <unistd.h>

#include <array>
#include <cmath>
#include <ctime>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/commands/commands.h"
#include "app/commands/group_status.h"
#include "app/commands/job_index.h"
#include "app/commands/places.h"
#include "app/duration_text.h"
#include "app/exit_codes.h"
#include "app/table.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/wiring.h"
#include "base/log.h"
#include "base/utf8.h"
#include "core/cost.h"
#include "core/job.h"
#include "core/text.h"
#include "index/group_stops.h"
#include "status/account_json.h"
#include "status/each_job.h"
#include "status/job_status.h"
#include "status/needs_person_json.h"
#include "status/stopped_groups.h"
#include "status/unfit_workers.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

constexpr Duration kQueueWait = std::chrono::seconds(15);
constexpr Duration kWatchEvery = std::chrono::seconds(2);

std::string number_text(const std::optional<std::uint64_t>& number) {
  return number ? grouped(*number) : "unknown";
}

// What one look at all jobs found.
struct Seen {
  QueueCounts queue;
  std::optional<JobOverview> jobs;  // nullopt: the store was not asked.
  bool by_logs = false;             // Its counts are of the whole store.
  std::vector<UnfitNotice> unfit;
  std::vector<StoppedGroup> stopped;
  std::int64_t now = 0;
  std::optional<double> price;  // Dollars for an hour of one slot.

  // Jobs that are still to be completed; nullopt if the queue does not say.
  std::optional<std::uint64_t> left() const {
    if (!jobs || !queue.waiting || !queue.retrying) return std::nullopt;
    return *queue.waiting + *queue.retrying + queue.in_flight.value_or(jobs->counts.running);
  }
  std::optional<Forecast> forecast() const {
    const auto open = left();
    if (!open || *open == 0 || by_logs) return std::nullopt;
    return holdfast::forecast(jobs->throughput, *open, jobs->rest_longest);
  }
};

std::string span_text(double seconds) {
  return short_text(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

// Sat 28 Nov 01:12, in this machine's time zone.
std::string time_of_day(std::int64_t seconds) {
  const auto when = static_cast<std::time_t>(seconds);
  std::tm local{};
  std::array<char, 64> text{};
  ::localtime_r(&when, &local);
  return {text.data(), std::strftime(text.data(), text.size(), "%a %d %b %H:%M", &local)};
}

std::string speed_for_people(const Seen& seen) {
  const auto ahead = seen.forecast();
  if (!ahead) return {};
  const auto done = static_cast<double>(seen.now) + ahead->seconds;
  const std::string speed = ahead->per_hour < 10
                                ? decimal(ahead->per_hour, 1)
                                : grouped(static_cast<std::uint64_t>(ahead->per_hour));
  const std::string low = span_text(ahead->seconds_low);
  const std::string high = span_text(ahead->seconds_high);
  return "Speed        " + speed + " jobs an hour, over the last " +
         span_text(static_cast<double>(seen.jobs->throughput.window_seconds)) +
         "\nAll done     in about " + span_text(ahead->seconds) +
         (low == high ? "" : " (" + low + " to " + high + ")") + ": " +
         time_of_day(static_cast<std::int64_t>(done)) + "\n";
}

std::string goodput_for_people(const Seen& seen) {
  const TimeAccount& spent = seen.jobs->spent;
  const std::string goodput = goodput_text(spent);
  if (goodput.empty()) return {};
  const std::string text = "Goodput      " + goodput + "\n";
  if (!seen.price) return text;
  return text + "Cost         " + cost_text(cost_of(spent, *seen.price)) + "\n";
}

std::string running_for_people(const Seen& seen) {
  constexpr std::size_t kShown = 20;
  const JobOverview& jobs = *seen.jobs;
  if (jobs.running.empty()) return {};
  std::string text = "At risk      " + span_text(static_cast<double>(jobs.at_risk.seconds)) +
                     " of work that no checkpoint holds yet";
  if (jobs.at_risk.seconds_most > 0) {
    text += ", " + span_text(static_cast<double>(jobs.at_risk.seconds_most)) + " of it in " +
            jobs.at_risk.job;
  }
  std::vector<TableRow> rows;
  for (const IndexEntry& job : jobs.running) {
    if (rows.size() == kShown) break;
    const auto lag = lag_of(job, seen.now);
    rows.push_back(
        {job.job, job.fraction ? std::to_string(static_cast<int>(*job.fraction * 100)) + " %" : "",
         std::to_string(job.attempt), lag ? span_text(static_cast<double>(*lag)) : "", job.worker});
  }
  text += "\n\n" + table({"RUNNING", "PROGRESS", "ATTEMPT", "LAG", "WORKER"}, rows, std::nullopt);
  if (jobs.counts.running > rows.size()) {
    text += "and " + grouped(jobs.counts.running - rows.size()) +
            " more: holdfast list --state running\n";
  }
  return text;
}

std::string for_people(const Seen& seen) {
  const QueueCounts& queue = seen.queue;
  std::string text = "Jobs\n  waiting      " + number_text(queue.waiting) + "\n  retrying     " +
                     number_text(queue.retrying);
  if (!seen.jobs) {
    return text + "\n  in hand      " + number_text(queue.in_flight) + "\n  dead         " +
           number_text(queue.dead) + "\n";
  }
  const JobCounts& counts = seen.jobs->counts;
  if (queue.held > 0) {
    text += "\n  held         " + grouped(queue.held) + " of groups that stopped, see below";
  }
  if (counts.waiting > 0) {
    text += "\n               " + grouped(counts.waiting) +
            " of these were started before and resume from their last checkpoint, if they have one";
  }
  text += "\n  running      " + grouped(counts.running) + "\n  completed    " +
          grouped(counts.completed) + "\n  dead         " + grouped(counts.dead);
  if (queue.dead && *queue.dead != counts.dead) {
    text += " (" + grouped(*queue.dead) + " in the dead-letter queue: holdfast dead list)";
  }
  text += "\n";
  if (counts.cancelled > 0) text += "  cancelled    " + grouped(counts.cancelled) + "\n";
  if (seen.jobs->without_log > 0) {
    text += "  other        " + grouped(seen.jobs->without_log) +
            " (folders in the store that are not jobs, or whose job has no log)\n";
  }
  if (seen.jobs->damaged > 0) {
    text += "  damaged      " + grouped(seen.jobs->damaged) + " (logs that cannot be read)\n";
  }
  text += speed_for_people(seen) + goodput_for_people(seen) + running_for_people(seen);
  for (const StoppedGroup& group : seen.stopped) text += visible_line(for_people(group)) + "\n";
  return text + holdfast::for_people(seen.unfit);
}

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json json_of_jobs(const Seen& seen) {
  const JobOverview& jobs = *seen.jobs;
  return {{"running", jobs.counts.running},
          {"waiting", jobs.counts.waiting},
          {"completed", jobs.counts.completed},
          {"dead", jobs.counts.dead},
          {"cancelled", jobs.counts.cancelled},
          {"others", jobs.without_log},
          {"damaged", jobs.damaged},
          {"lag_seconds_max", jobs.at_risk.seconds_most},
          {"by", seen.by_logs ? "logs" : "index"}};
}

std::string to_json(const Seen& seen) {
  Json json;
  json["queue"] = {{"waiting", or_null(seen.queue.waiting)},
                   {"in_flight", or_null(seen.queue.in_flight)},
                   {"retrying", or_null(seen.queue.retrying)},
                   {"held", seen.queue.held},
                   {"dead", or_null(seen.queue.dead)}};
  if (seen.jobs) {
    json["store"] = json_of_jobs(seen);
    json["at_risk"] = {
        {"seconds", seen.jobs->at_risk.seconds},
        {"job_id", seen.jobs->at_risk.job.empty() ? Json(nullptr) : Json(seen.jobs->at_risk.job)}};
    json["throughput"] = {{"completed", seen.jobs->throughput.completed},
                          {"window_seconds", seen.jobs->throughput.window_seconds}};
    json["spent"] = json_of(seen.jobs->spent);
    json["cost"] = cost_json(seen.jobs->spent, seen.price);
    const auto ahead = seen.forecast();
    json["forecast"] = !ahead ? Json(nullptr)
                              : Json{{"jobs_an_hour", ahead->per_hour},
                                     {"seconds_left", std::llround(ahead->seconds)},
                                     {"seconds_left_low", std::llround(ahead->seconds_low)},
                                     {"seconds_left_high", std::llround(ahead->seconds_high)}};
    json["unfit_workers"] = unfit_json(seen.unfit);
    json["stopped_groups"] = stopped_json(seen.stopped);
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Looks once; what it returns is to be printed. nullopt if a signal came first.
class Look {
 public:
  Look(const StatusOptions& options, const CommandContext& context)
      : options_(options), context_(context) {
    const Settings settings = settings_of(options.place, options.state);
    if (!options.job.empty()) {
      id_ = JobId::parse(options.job);
      if (!id_) throw UsageError(JobId::what_is_wrong(options.job));
      store_.emplace(existing_store(settings), context.clock);
      return;
    }
    admin_ = make_admin(existing_queue(settings), context.clock);
    if (!options.queue_only) index_.emplace(options.place, options.state, context.clock);
  }

  std::optional<std::string> now() {
    if (id_) {
      JobStatus status = look_at_job(store_->store(), context_.clock, *id_);
      status.price = options_.price;
      return options_.json ? holdfast::to_json(status) + "\n" : holdfast::for_people(status);
    }
    Seen seen;
    seen.price = options_.price;
    seen.queue = admin_->counts(context_.clock.now() + kQueueWait);
    seen.now = seconds_since_1970(context_.clock.wall());
    if (index_) {
      seen.by_logs = !index_->complete();
      const JobQuestion question{.now = seen.now};
      seen.jobs = seen.by_logs ? by_logs(question) : index_->list(question);
      seen.unfit = unfit_workers(index_->store(), context_.clock);
    }
    if (index_ && seen.queue.held > 0) {
      GroupStops stops(index_->store(), context_.clock, index_->layout());
      seen.stopped = stopped_groups(stops.all(), seen.queue.held);
    }
    if (signal_) return std::nullopt;
    if (seen.jobs) tell_problems(*seen.jobs);
    return options_.json ? to_json(seen) + "\n" : for_people(seen);
  }

  // That ended a look; nullopt if none did.
  std::optional<int> signal() const { return signal_; }

 private:
  JobOverview by_logs(const JobQuestion& question) {
    if (!told_) {
      say("This store is older than the job index, so every job's log is read: two requests a job. "
          "holdfast status --recount builds the index once, and counts take a moment then.\n");
      told_ = true;
    }
    LiveLines lines;
    const bool live = can_redraw(STDERR_FILENO) && !options_.watch;
    JobOverview list =
        list_jobs_by_logs(index_->store(), context_.clock, question, [&](std::uint64_t jobs) {
          if (live) lines.draw({"looking at the store: " + grouped(jobs) + " jobs"});
          signal_ = context_.signals.take();
          return !signal_;
        });
    lines.clear();
    return list;
  }

  const StatusOptions& options_;
  const CommandContext& context_;
  std::optional<JobId> id_;
  std::unique_ptr<QueueAdmin> admin_;
  std::optional<StoreStack> store_;  // For one job.
  std::optional<QueueIndex> index_;  // For all.
  bool told_ = false;
  std::optional<int> signal_;
};

// Reads every log and writes what it says into the index.
int recount(const StatusOptions& options, const CommandContext& context) {
  constexpr std::size_t kBatch = 20'000;
  constexpr Duration kRequest = std::chrono::minutes(1);
  QueueIndex index(options.place, options.state, context.clock);
  const auto deadline = [&] { return context.clock.now() + kRequest; };
  std::vector<IndexEntry> found;
  std::uint64_t jobs = 0;
  const auto add = [&] {
    jobs += found.size();
    index.jobs().add(found, deadline());
    found.clear();
  };
  for_each_job(
      index.store(), context.clock,
      [&](const FoundJob& job) {
        if (job.id && job.newest) found.push_back(index_entry(*job.id, *job.newest));
      },
      [&] {
        if (found.size() >= kBatch) add();
        return true;
      });
  add();
  index.jobs().fold_all(deadline);
  index.jobs().say_complete(deadline());
  say(grouped(jobs) + (jobs == 1 ? " job is" : " jobs are") + " in the index\n");
  return kExitDone;
}

}  // namespace

int show_status(const StatusOptions& options, const CommandContext& context) {
  if (!options.group.empty()) return show_group(options, context);
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  if (options.queue_only && !options.job.empty()) {
    throw UsageError("one job's status is in the store: leave out --queue-only");
  }
  if (!options.watch) SignalWatch::let_through();
  if (options.recount) return recount(options, context);
  Look look(options, context);
  const bool redraw = options.watch && !options.json && can_redraw(STDOUT_FILENO);
  for (;;) {  // Ends after one look, or with a signal if it is to watch.
    const auto text = look.now();
    if (!text) return kExitSignalBase + look.signal().value_or(0);
    print_drawn((redraw ? "\x1b[H\x1b[2J" : "") + visible(*text));
    if (!options.watch) return kExitDone;
    // The usual way to end a watch.
    if (context.signals.next(context.clock.now() + kWatchEvery)) return kExitDone;
  }
}

}  // namespace holdfast
