// holdfast work: a worker of a fleet.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <thread>

#include "adapters/local/program_lookup.h"
#include "app/commands/commands.h"
#include "app/commands/places.h"
#include "app/commands/task_settings.h"
#include "app/commands/worker_front.h"
#include "app/config.h"
#include "app/exit_codes.h"
#include "app/folder_lock.h"
#include "app/input_stack.h"
#include "app/notify_stack.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/version.h"
#include "app/wiring.h"
#include "app/work_base.h"
#include "base/log.h"
#include "base/own_folder.h"
#include "base/shared_value.h"
#include "base/thread.h"
#include "core/fleet_layout.h"
#include "operate/fence_probe.h"
#include "worker/presence.h"
#include "worker/replacement.h"
#include "worker/worker.h"
#include "worker/workspace.h"

namespace holdfast {

namespace {

constexpr Duration kWait = std::chrono::hours(1);
constexpr Duration kStoreWait = std::chrono::seconds(10);
constexpr Duration kStorePause = std::chrono::seconds(2);
constexpr Duration kQueueWait = std::chrono::seconds(10);
constexpr std::size_t kFoldersMax = 256;  // Workers without a given id on one machine.

// A folder that is this worker's alone as long as the process lives.
struct WorkFolder {
  std::filesystem::path folder;
  FolderLock lock;

  // A folder inside, because what is in it is removed between two jobs.
  std::filesystem::path workspace() const { return folder / "job"; }
  // Shared by the workers of this machine, unless one has a place of its own.
  std::filesystem::path inputs(const WorkOptions& options) const {
    return options.work_dir.empty() ? folder.parent_path() / ".inputs" : folder / "inputs";
  }
};

// Nobody's files are removed but those of jobs. Throws UsageError if there may be others.
std::optional<FolderLock> lock_own(const std::filesystem::path& folder) {
  try {
    make_own_folder(folder, {{"lock"}, {"job"}});
    make_own_folder(folder / "job", old_workspace());
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
  return FolderLock::try_lock(folder);
}

WorkFolder work_folder(const WorkOptions& options, const WorkerName& worker) {
  if (options.work_dir.empty() && !worker.given) {
    // Numbered, not named after us: what a worker left that was killed is used again, not kept
    // for ever.
    const std::filesystem::path base = default_work_base();
    for (std::size_t number = 1; number <= kFoldersMax; ++number) {
      const std::filesystem::path folder = base / ("worker-" + std::to_string(number));
      if (auto lock = lock_own(folder)) return {folder, std::move(*lock)};
    }
    throw UsageError("all " + std::to_string(kFoldersMax) + " folders below " + base.string() +
                     " are in use; name another one with --work-dir");
  }
  const std::filesystem::path folder =
      options.work_dir.empty() ? default_work_base() / worker.id
                               : std::filesystem::absolute(options.work_dir).lexically_normal();
  if (auto lock = lock_own(folder)) return {folder, std::move(*lock)};
  throw UsageError("another worker uses " + folder.string() +
                   "; give each worker its own --worker or --work-dir");
}

WorkerSettings worker_settings(const WorkOptions& options, const WorkerName& worker,
                               const WorkFolder& folder, const StoreConfig& store) {
  WorkerSettings settings;
  apply(options.task, store, settings);
  settings.worker = worker.id;
  settings.work_directory = folder.workspace();
  settings.until_empty = options.until_empty;
  settings.self_test = options.self_test;
  settings.away_max = options.give_up_after.value_or(settings.away_max);
  if (options.patience) {
    settings.patience.redelivered = *options.patience;
    settings.patience.submitted_twice = *options.patience;
  }
  if (options.watch_every) {
    settings.watch_every = *options.watch_every;
    settings.watch_exposed = std::min(settings.watch_exposed, *options.watch_every);
  }
  if (options.foreign_checkpoint) {
    const std::string& name = *options.foreign_checkpoint;
    settings.foreign_checkpoint = name == "none" ? "" : name;
  }
  return settings;
}

// A worker that the store refuses must not take a job first: to hand it back counts as a delivery
// at the broker. Throws Error, `unavailable` if the store may come back.
void require_store(Store& store, const StoreConfig& place, const Clock& clock, Random& random) {
  const TimePoint deadline = clock.now() + kStoreWait;
  static_cast<void>(store.list_folders("", "", 1, deadline));
  if (unfenced(place)) {
    log(LogLevel::warn,
        "worker is unfenced: a worker that was given up for dead can overwrite what its successor "
        "stored");
    return;
  }
  const Fence fence = probe_fence(store, clock, random, deadline);
  if (fence == Fence::holds) return;
  throw Error(ErrorKind::rejected, what_is_wrong(fence) +
                                       "; use a store that has them, or give --unfenced and accept "
                                       "the risks in docs/doctor.md (" +
                                       shown(place) + ")");
}

// Waits for a store that is out of reach: no job can be worked on without it. False if a signal
// came first. Throws Error once it has been away for `away_max`: a machine costs money.
bool wait_for_store(Store& store, const StoreConfig& place, const CommandContext& context,
                    Random& random, Duration away_max) {
  const TimePoint until = context.clock.now() + away_max;
  for (;;) {  // Ends with the store's answer, a signal or the time; each turn waits.
    try {
      require_store(store, place, context.clock, random);
      return true;
    } catch (const Error& error) {
      if (!error.may_work_later() || context.clock.now() >= until) throw;
      log(LogLevel::warn, "store out of reach", {{"error", error.what()}});
    }
    if (context.signals.next(context.clock.now() + kStorePause)) return false;
  }
}

// A queue whose limit is not known yet is taken to be made as in the guide: renewing a message too
// early costs it its place, renewing it too late costs the job.
std::optional<std::uint64_t> delivery_limit_of(const QueueConfig& queue, Clock& clock) {
  constexpr std::uint64_t kLimitOfTheGuide = 3;
  try {
    return make_admin(queue, clock)->delivery_limit(clock.now() + kQueueWait);
  } catch (const Error& error) {
    if (!error.may_work_later()) throw;
    log(LogLevel::warn, "queue out of reach", {{"error", error.what()}});
    return kLimitOfTheGuide;
  }
}

// Where no cloud listens it is for whoever started us to look at the exit code.
void give_back_node(Node* node, Store& store, const Clock& clock, const FleetLayout& fleet,
                    std::uint32_t per_hour, const std::string& reason) {
  if (node == nullptr) return;
  try {
    const auto outcome = ask_for_replacement(*node, store, clock, fleet, per_hour, reason);
    const bool asked = outcome == ReplacementOutcome::asked;
    log(LogLevel::info, asked ? "another machine asked for" : "no other machine asked for",
        {{"reason", asked ? reason : "this hour's replacements are used up"}});
  } catch (const Error& error) {
    log(LogLevel::warn, "no other machine asked for", {{"error", error.what()}});
  }
}

// A self-test that cannot be started says nothing about the machine, and orders no other one.
void require_self_test(const std::vector<std::string>& command) {
  if (command.empty()) return;
  const char* path = std::getenv("PATH");
  try {
    static_cast<void>(find_program(command.front(), std::filesystem::current_path(),
                                   path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"));
  } catch (const Error& error) {
    throw UsageError(std::string("the self-test (--self-test) cannot run: ") + error.what());
  }
}

// What a task prints, on our standard error: the line begins with the job's id.
void print_line(std::string_view line) {
  // Of a line that a program drew again and again, what a terminal would show: the last.
  while (line.ends_with('\r')) line.remove_suffix(1);
  line.remove_prefix(line.rfind('\r') + 1);
  say(std::string(line) + "\n");
}

}  // namespace

int work_on_jobs(const WorkOptions& options, const CommandContext& context) {
  set_log_level(options.log_level);
  require_self_test(options.self_test);
  context.signals.watch_too(options.task.drain_on);
  context.signals.watch_too(options.task.checkpoint_on);
  const Settings settings = settings_of(options.place);
  const QueueConfig queue = queue_config(settings);
  const StoreConfig store_place = store_config(settings);
  Random random = Random::from_system();
  const WorkerName name = worker_name(settings, random);
  const WorkFolder folder = work_folder(options, name);
  WorkerSettings worker_wishes = worker_settings(options, name, folder, store_place);
  const FrontConfig front_wishes = front_config(settings);
  const FleetLayout fleet(queue_name(queue));
  // What a person says is not learned.
  if (!options.task.mtbf) worker_wishes.lifetimes = fleet;
  worker_wishes.stops = fleet;
  worker_wishes.delivery_limit = delivery_limit_of(queue, context.clock);
  refuse_lossy(queue, context.clock);

  StoreStack store(store_place, context.clock, fleet);
  const auto make_task_runner = [&](const TaskSinks& sinks) {
    return make_runner(sinks, print_line, worker_wishes.snapshot_space_bytes_max,
                       worker_wishes.excluded, context.clock);
  };
  InputStack inputs(options.task, store_place, store.store(), context.clock, folder.inputs(options),
                    LocalFiles::as_told);
  NotifyStack notifications(
      make_courier(settings, store_place, options.notify_rules, context.clock), store.store(),
      context.clock, fleet, options.notify, "", Notifier::Begin::fresh);
  WorkerQueue link = make_worker_queue(queue, name.id, context.clock);
  Worker worker(
      context.clock,
      {std::move(link.consumer), std::move(link.publisher), store.store(), make_task_runner,
       [](const JobNews&) {}, &inputs.fetcher(), notifications.teller()},
      worker_wishes);
  // First of all, so that a worker that waits for its store is not taken for one that is stuck.
  WorkerFront front(front_wishes, name.id, worker.board(), store.traffic(), context.clock);
  if (!wait_for_store(store.store(), store_place, context, random, worker_wishes.away_max)) {
    return kExitDone;
  }
  for (const NotifyTarget& target : options.notify) {
    NotifyLedger(store.store(), context.clock, fleet)
        .wish("", target, context.clock.wall() - kClocksDiffer);
  }
  log(LogLevel::info, "worker started",
      {{"worker", name.id}, {"queue", shown(queue)}, {"store", shown(store_place)}});

  const Presence presence(store.store(), context.clock, fleet, name.id, version_word());
  SessionSummary summary;
  SharedValue<bool> ended(false);
  std::thread session = start_thread("the worker", [&] {
    summary = worker.run();
    ended.set(true);
    context.signals.wake();
  });
  StopRequests requests(options.task.drain_on, options.task.checkpoint_on);
  while (!ended.get()) {
    const auto signal = context.signals.next(context.clock.now() + kWait);
    if (!signal) continue;
    switch (requests.hear(*signal)) {
      case StopRequests::Answer::end_at_once:
        ::_exit(kExitSignalBase + *signal);  // The task goes with us.
      case StopRequests::Answer::drain:
        log(LogLevel::info, "worker asked to stop", {{"worker", name.id}, {"signal", *signal}});
        worker.drain();
        break;
      case StopRequests::Answer::checkpoint:
        worker.checkpoint();
        break;
      case StopRequests::Answer::none:
        break;
    }
  }
  session.join();
  log(LogLevel::info, "worker ended",
      {{"worker", name.id},
       {"completed", summary.completed},
       {"dead", summary.dead},
       {"handed_back", summary.handed_back}});
  notifications.finish("holdfast notify --missed sends them");
  if (!summary.unfit.empty()) {
    say("holdfast: this node is unfit: " + summary.unfit + "\n");
    give_back_node(front.node(), store.store(), context.clock, fleet, options.replacements_max,
                   summary.unfit);
    return kExitWorkerUnfit;
  }
  if (!summary.wrong_command.empty()) throw UsageError(summary.wrong_command);
  if (!summary.failure.empty()) throw Error(ErrorKind::rejected, summary.failure);
  return kExitDone;
}

}  // namespace holdfast
