// holdfast run: a list of jobs, worked off on this machine with nothing else installed.
//
//   STATE/lock              one run at a time
//   STATE/queue.sqlite      the embedded queue
//   STATE/submitted.sqlite  which jobs of the list it has
//   STATE/store/            the store, laid out as a bucket is
//   STATE/work              the running jobs' files, a folder a slot
//   STATE/logs/JOB.log      what jobs print
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "adapters/sqlite/sqlite_census.h"
#include "app/commands/commands.h"
#include "app/commands/submission.h"
#include "app/commands/task_settings.h"
#include "app/config.h"
#include "app/exit_codes.h"
#include "app/folder_lock.h"
#include "app/job_output.h"
#include "app/run_board.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/wiring.h"
#include "base/log.h"
#include "base/shared_value.h"
#include "status/overview.h"
#include "worker/worker.h"

namespace holdfast {

namespace {

constexpr Duration kRedraw = std::chrono::milliseconds(200);
constexpr Duration kQuietWait = std::chrono::hours(1);
constexpr std::size_t kDeadShown = 20;

// The queue is on this machine: nobody else waits for what a retry would disturb.
constexpr Duration kBackoffFirst = std::chrono::seconds(2);
constexpr Duration kBackoffMax = std::chrono::seconds(30);

struct State {
  std::filesystem::path folder;

  QueueConfig queue() const { return FolderQueueConfig{folder}; }
  StoreConfig store() const { return FolderStoreConfig{folder / "store"}; }
  std::filesystem::path work(std::size_t slot) const {
    return folder / "work" / std::to_string(slot + 1);
  }
  std::filesystem::path logs() const { return folder / "logs"; }
};

State state_of(const RunOptions& options) {
  if (!options.state.empty()) return {std::filesystem::absolute(options.state).lexically_normal()};
  if (options.jobs == "-") {
    throw UsageError(
        "a list from standard input has no name beside which the state could be kept; say where "
        "with --state DIR, and say the same to go on");
  }
  return {std::filesystem::absolute(options.jobs + ".holdfast").lexically_normal()};
}

FolderLock lock(const State& state) {
  auto lock = FolderLock::try_lock(state.folder);
  if (lock) return std::move(*lock);
  throw UsageError("another holdfast run works with " + state.folder.string() +
                   "; wait for its end or choose another --state");
}

// One Worker on a thread of its own.
class Slot {
 public:
  Slot(std::size_t number, const State& state, Store& store, const WorkerSettings& settings,
       RunBoard& board, const CommandContext& context)
      : output_(state.logs()),
        worker_(context.clock, parts(number, state, store, settings, board, context), settings),
        thread_([this, &context] {
          summary_ = worker_.run();
          ended_.set(true);
          context.signals.wake();
        }) {}

  ~Slot() {
    worker_.drain();
    if (thread_.joinable()) thread_.join();
  }

  void drain() { worker_.drain(); }
  bool ended() const { return ended_.get(); }

  // Call once it has ended.
  const std::string& failure() {
    if (thread_.joinable()) thread_.join();
    return summary_.unfit.empty() ? summary_.failure : summary_.unfit;
  }

 private:
  WorkerParts parts(std::size_t number, const State& state, Store& store,
                    const WorkerSettings& settings, RunBoard& board,
                    const CommandContext& context) {
    const std::uint64_t space = settings.snapshot_space_bytes_max;
    return {make_consumer(state.queue(), settings.worker, context.clock),
            make_publisher(state.queue(), settings.worker, context.clock), store,
            [this, space, &context](std::function<void(TaskEvent)> post_event) {
              const auto keep = [this](std::string_view line) { output_.append(line); };
              return make_runner(std::move(post_event), keep, space, context.clock);
            },
            [number, &board](const JobNews& news) { board.tell(number, news); }};
  }

  JobOutput output_;
  Worker worker_;
  SessionSummary summary_;
  SharedValue<bool> ended_{false};
  std::thread thread_;
};

using Slots = std::vector<std::unique_ptr<Slot>>;

Slots start_slots(const RunOptions& options, const State& state, Store& store,
                  WorkerSettings settings, RunBoard& board, const CommandContext& context) {
  Random random = Random::from_system();
  const std::string name = worker_name(Settings({}, {}, {}, ""), random).id;
  settings.until_empty = true;
  settings.judge_node = false;  // There is no other.
  settings.retry.backoff_first = kBackoffFirst;
  settings.retry.backoff_max = kBackoffMax;
  Slots slots;
  for (std::size_t i = 0; i < options.slots; ++i) {
    settings.worker = name + "-" + std::to_string(i + 1);
    settings.work_directory = state.work(i);
    slots.push_back(std::make_unique<Slot>(i, state, store, settings, board, context));
  }
  return slots;
}

struct Ended {
  int signal = 0;       // 0: none came.
  std::string failure;  // Why a slot could not go on; empty if none failed.
};

Ended await_end(Slots& slots, RunBoard& board, const CommandContext& context) {
  const bool live = can_redraw(STDERR_FILENO);
  LiveLines lines;
  Ended ended;
  const auto drain_all = [&] {
    for (const auto& slot : slots) slot->drain();
  };
  for (bool all = false; !all;) {
    const auto signal = context.signals.next(context.clock.now() + (live ? kRedraw : kQuietWait));
    if (signal && ended.signal != 0) ::_exit(kExitSignalBase + *signal);  // The tasks go with us.
    if (signal) {
      ended.signal = *signal;
      lines.clear();
      say("Stopping: running jobs make a last checkpoint. Once more ends at once.\n");
      drain_all();
    }
    all = true;
    for (const auto& slot : slots) {
      if (!slot->ended()) {
        all = false;
      } else if (ended.failure.empty() && !slot->failure().empty()) {
        ended.failure = slot->failure();
        drain_all();
      }
    }
    if (live) lines.draw(board.lines());
  }
  lines.clear();
  return ended;
}

void tell_dead(const State& state, SqliteCensus& census, std::uint64_t dead) {
  if (dead == 0) return;
  say(grouped(dead) + (dead == 1 ? " job is dead:\n" : " jobs are dead:\n"));
  for (const DeadJob& letter : census.dead_letters(kDeadShown)) {
    say("  " + letter.job_id + ": " + letter.reason + ", " + letter.error + "\n");
  }
  const std::uint64_t letters = census.dead();
  if (letters > kDeadShown) say("  and " + grouped(letters - kDeadShown) + " more\n");
  if (dead > letters) {
    say("  " + grouped(dead - letters) +
        " whose letters were dropped: holdfast dead requeue JOB brings one back\n");
  }
  say("What they printed is in " + state.logs().string() +
      "/; more about one: holdfast dead show --state " + state.folder.string() +
      " JOB; to try them again: holdfast dead requeue --all --state " + state.folder.string() +
      ", then this command again\n");
}

// What became of the jobs.
struct Tally {
  std::uint64_t jobs = 0;  // All that were ever submitted to this state.
  std::uint64_t completed = 0;
  std::uint64_t dead = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t left = 0;
};

// The jobs' logs say how they ended; a letter can have been dropped. The queue knows what is left
// to do, and of results that could not be published though the log says completed.
Tally tally_of(Store& store, SqliteCensus& census, Ledger& ledger, const Clock& clock) {
  const StoreCounts counts = count_store(store, clock, [](const StoreCounts&) { return false; });
  Tally tally;
  tally.jobs = ledger.submitted_count();
  tally.left = census.unfinished();
  tally.cancelled = counts.cancelled;
  tally.dead = std::max(counts.dead + counts.damaged, census.dead());
  const std::uint64_t others = tally.dead + tally.cancelled + tally.left;
  tally.completed = std::min(counts.completed, tally.jobs - std::min(tally.jobs, others));
  return tally;
}

int tell_end(const State& state, SqliteCensus& census, const Tally& tally, const Ended& ended,
             std::uint64_t without_result) {
  tell_dead(state, census, tally.dead);
  std::string text = grouped(tally.completed) + " of " + grouped(tally.jobs) + " jobs completed";
  if (tally.cancelled > 0) text += ", " + grouped(tally.cancelled) + " cancelled";
  if (tally.left > 0) {
    text += ", " + grouped(tally.left) + " left; run the same command again to go on";
  } else {
    text += "; results are in " + (state.folder / "store").string() + "/JOB/";
  }
  say(text + "\n");
  if (without_result > 0) {
    say(grouped(without_result) +
        " of them completed without any output; a result is what the "
        "program leaves in HOLDFAST_OUTPUT_DIR\n");
  }
  if (!ended.failure.empty()) throw Error(ErrorKind::rejected, ended.failure);
  if (ended.signal != 0 && tally.left > 0) return kExitSignalBase + ended.signal;
  return tally.dead > 0 ? kExitJobsDead : kExitDone;
}

}  // namespace

int run_jobs(const RunOptions& options, const CommandContext& context) {
  set_log_level(options.log_level);
  const State state = state_of(options);
  WorkerSettings settings;
  apply(options.task, settings);
  const JobList list = open_list(options.jobs);
  const FolderLock kept_for_us = lock(state);

  const auto ledger = make_ledger(state.folder / "submitted.sqlite", state.queue());
  const CheckedList checked = check_and_tell(list, *ledger);
  if (checked.jobs > checked.submitted) {
    const auto publisher = make_publisher(state.queue(), "holdfast run", context.clock);
    const int signal =
        send_and_tell(list, checked, *publisher, *ledger, SubmitterWishes{}, context);
    if (signal != 0) return kExitSignalBase + signal;
  }

  StoreStack store(state.store(), context.clock);
  SqliteCensus census(state.folder);
  const auto tally = [&] { return tally_of(store.store(), census, *ledger, context.clock); };
  const Tally before = tally();
  if (before.left == 0) {
    say("There is nothing left to do.\n");
    return tell_end(state, census, before, {}, 0);
  }
  if (before.completed > 0) {
    say("Going on: " + grouped(before.completed) + " of " + grouped(before.jobs) +
        " jobs are completed already.\n");
  }
  RunBoard board(options.slots, {before.jobs, before.completed, before.dead},
                 can_redraw(STDERR_FILENO), context.clock);
  Ended ended;
  {
    Slots slots = start_slots(options, state, store.store(), settings, board, context);
    ended = await_end(slots, board, context);
  }
  return tell_end(state, census, tally(), ended, board.totals().without_result);
}

}  // namespace holdfast
