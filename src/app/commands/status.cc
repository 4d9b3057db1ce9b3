// holdfast status: counts of all jobs, or one job.
#include <unistd.h>

#include <optional>

#include <nlohmann/json.hpp>

#include "app/commands/commands.h"
#include "app/commands/job_index.h"
#include "app/commands/places.h"
#include "app/exit_codes.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/wiring.h"
#include "base/log.h"
#include "base/utf8.h"
#include "core/job.h"
#include "status/each_job.h"
#include "status/job_status.h"
#include "status/overview.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

constexpr Duration kQueueWait = std::chrono::seconds(15);
constexpr Duration kWatchEvery = std::chrono::seconds(2);

std::string number_text(const std::optional<std::uint64_t>& number) {
  return number ? grouped(*number) : "unknown";
}

Json json_of(const std::optional<std::uint64_t>& number) {
  return number ? Json(*number) : Json(nullptr);
}

std::string for_people(const QueueCounts& queue, const std::optional<StoreCounts>& store,
                       const std::vector<UnfitNotice>& unfit) {
  std::string text = "Queue\n  waiting      " + number_text(queue.waiting) + "\n  in flight    " +
                     number_text(queue.in_flight) + "\n  retrying     " +
                     number_text(queue.retrying) + "\n  dead         " + number_text(queue.dead) +
                     "\n";
  if (!store) return text;
  text += "Store\n  running      " + grouped(store->running);
  if (!store->lag_job.empty()) {
    text += " (" + store->lag_job + " has stored nothing of the last " +
            grouped(store->lag_seconds_max) + " s)";
  }
  text += "\n  handed back  " + grouped(store->waiting) + "\n  completed    " +
          grouped(store->completed) + "\n  dead         " + grouped(store->dead) + "\n";
  if (store->cancelled > 0) text += "  cancelled    " + grouped(store->cancelled) + "\n";
  if (store->others > 0) text += "  without log  " + grouped(store->others) + "\n";
  if (store->damaged > 0) text += "  damaged      " + grouped(store->damaged) + "\n";
  if (!unfit.empty()) text += "Workers that take no more jobs\n";
  for (const UnfitNotice& notice : unfit) {
    text +=
        visible_line("  " + notice.worker + ": " + notice.reason + " (" + notice.when + ")") + "\n";
  }
  return text;
}

std::string to_json(const QueueCounts& queue, const std::optional<StoreCounts>& store,
                    const std::vector<UnfitNotice>& unfit) {
  Json json;
  json["queue"] = {{"waiting", json_of(queue.waiting)},
                   {"in_flight", json_of(queue.in_flight)},
                   {"retrying", json_of(queue.retrying)},
                   {"dead", json_of(queue.dead)}};
  if (store) {
    json["store"] = {{"running", store->running},     {"waiting", store->waiting},
                     {"completed", store->completed}, {"dead", store->dead},
                     {"cancelled", store->cancelled}, {"others", store->others},
                     {"damaged", store->damaged},     {"lag_seconds_max", store->lag_seconds_max}};
  }
  if (store) {
    json["unfit_workers"] = Json::array();
    for (const UnfitNotice& notice : unfit) {
      json["unfit_workers"].push_back(
          {{"worker", notice.worker}, {"reason", notice.reason}, {"when", notice.when}});
    }
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
    } else {
      admin_ = make_admin(existing_queue(settings), context.clock);
    }
    if (!options.queue_only) store_.emplace(existing_store(settings), context.clock);
  }

  std::optional<std::string> now() {
    if (id_) {
      const JobStatus status = look_at_job(store_->store(), context_.clock, *id_);
      return options_.json ? holdfast::to_json(status) + "\n" : holdfast::for_people(status);
    }
    const QueueCounts queue = admin_->counts(context_.clock.now() + kQueueWait);
    std::optional<StoreCounts> store;
    std::vector<UnfitNotice> unfit;
    if (store_) {
      store = counted();
      unfit = unfit_workers(store_->store(), context_.clock);
    }
    if (signal_) return std::nullopt;
    return options_.json ? to_json(queue, store, unfit) + "\n" : for_people(queue, store, unfit);
  }

  // That ended a look; nullopt if none did.
  std::optional<int> signal() const { return signal_; }

 private:
  StoreCounts counted() {
    LiveLines lines;
    const bool live = can_redraw(STDERR_FILENO) && !options_.watch;
    const StoreCounts counts =
        count_store(store_->store(), context_.clock, [&](const StoreCounts& so_far) {
          if (live) lines.draw({"looking at the store: " + grouped(so_far.looked_at()) + " jobs"});
          signal_ = context_.signals.take();
          return signal_.has_value();
        });
    lines.clear();
    return counts;
  }

  const StatusOptions& options_;
  const CommandContext& context_;
  std::optional<JobId> id_;
  std::unique_ptr<QueueAdmin> admin_;
  std::optional<StoreStack> store_;
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
  say(grouped(jobs) + (jobs == 1 ? " job is" : " jobs are") + " in the index\n");
  return kExitDone;
}

}  // namespace

int show_status(const StatusOptions& options, const CommandContext& context) {
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
