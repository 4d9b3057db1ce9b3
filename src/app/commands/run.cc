// holdfast run: a list of jobs, worked off on this machine with nothing else installed.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "adapters/sqlite/sqlite_queue_view.h"
#include "adapters/sqlite/sqlite_revision.h"
#include "app/commands/commands.h"
#include "app/commands/given_jobs.h"
#include "app/commands/named_jobs.h"
#include "app/commands/places.h"
#include "app/commands/run_state.h"
#include "app/commands/run_tally.h"
#include "app/commands/submission.h"
#include "app/commands/task_settings.h"
#include "app/config.h"
#include "app/exit_codes.h"
#include "app/fetching.h"
#include "app/input_stack.h"
#include "app/input_upload.h"
#include "app/job_output.h"
#include "app/notify_stack.h"
#include "app/person.h"
#include "app/run_board.h"
#include "app/run_hints.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/wiring.h"
#include "base/file.h"
#include "base/log.h"
#include "base/shared_value.h"
#include "base/thread.h"
#include "core/arguments.h"
#include "core/dead_reason.h"
#include "core/fleet_layout.h"
#include "core/text.h"
#include "operate/cancel.h"
#include "status/job_status.h"
#include "worker/worker.h"
#include "worker/workspace.h"

namespace holdfast {

namespace {

constexpr Duration kRedraw = std::chrono::milliseconds(200);
constexpr Duration kSummaryEvery = std::chrono::minutes(1);
constexpr std::size_t kDeadShown = 20;
constexpr std::size_t kCommandBytesMax = 1024 * 1024;

// The queue is on this machine: nobody else waits for what a retry would disturb.
constexpr Duration kBackoffFirst = std::chrono::seconds(2);
constexpr Duration kBackoffMax = std::chrono::seconds(30);

// One Worker on a thread of its own.
class Slot {
 public:
  Slot(std::size_t number, const RunState& state, Store& store, const InputFetcher& inputs,
       const EndTeller& ended, const WorkerSettings& settings, RunBoard& board, RunHints& hints,
       const CommandContext& context)
      : output_(state.logs()),
        worker_(context.clock,
                parts(number, state, store, inputs, ended, settings, board, hints, context),
                settings),
        thread_(start_thread("a slot", [this, &context] {
          summary_ = worker_.run();
          ended_.set(true);
          context.signals.wake();
        })) {}

  ~Slot() {
    worker_.drain();
    if (thread_.joinable()) thread_.join();
  }

  void drain() { worker_.drain(); }
  void checkpoint() { worker_.checkpoint(); }
  bool ended() const { return ended_.get(); }

  // Call once it has ended.
  const std::string& failure() {
    if (thread_.joinable()) thread_.join();
    return summary_.unfit.empty() ? summary_.failure : summary_.unfit;
  }

 private:
  WorkerParts parts(std::size_t number, const RunState& state, Store& store,
                    const InputFetcher& inputs, const EndTeller& ended,
                    const WorkerSettings& settings, RunBoard& board, RunHints& hints,
                    const CommandContext& context) {
    const std::uint64_t space = settings.snapshot_space_bytes_max;
    WorkerQueue link = make_worker_queue(state.queue(), settings.worker, context.clock);
    return {std::move(link.consumer),
            std::move(link.publisher),
            store,
            [this, space, excluded = settings.excluded, &context](const TaskSinks& sinks) {
              const TaskSinks with_file{sinks.event, [this, sinks](std::string_view bytes) {
                                          sinks.output(bytes);
                                          output_.append(bytes);
                                        }};
              return make_runner(with_file, nullptr, space, excluded, context.clock);
            },
            [this, number, &board, &hints](const JobNews& news) {
              if (news.phase == JobNews::Phase::claimed) output_.begin(news.job);
              board.tell(number, news);
              if (news.phase != JobNews::Phase::completed) return;
              const std::string hint = hints.completed(news.job, !news.detail.empty());
              if (!hint.empty()) board.hint(hint);
            },
            &inputs,
            ended};
  }

  JobOutput output_;
  Worker worker_;
  SessionSummary summary_;
  SharedValue<bool> ended_{false};
  std::thread thread_;
};

using Slots = std::vector<std::unique_ptr<Slot>>;

Slots start_slots(const RunOptions& options, const RunState& state, Store& store,
                  const InputFetcher& inputs, const EndTeller& ended, WorkerSettings settings,
                  RunBoard& board, RunHints& hints, const CommandContext& context) {
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
    settings.slot = i + 1;
    slots.push_back(
        std::make_unique<Slot>(i, state, store, inputs, ended, settings, board, hints, context));
  }
  return slots;
}

struct Ended {
  int signal = 0;       // 0: none came.
  std::string failure;  // Why a slot could not go on; empty if none failed.
  std::vector<std::string> warnings = {};
};

Ended await_end(Slots& slots, RunBoard& board, const TaskOptions& options,
                const CommandContext& context) {
  StopRequests requests(options.drain_on, options.checkpoint_on);
  const bool live = can_redraw(STDERR_FILENO);
  LiveLines lines;
  Ended ended;
  const auto drain_all = [&] {
    for (const auto& slot : slots) slot->drain();
  };
  TimePoint next_summary = context.clock.now() + kSummaryEvery;
  for (bool all = false; !all;) {
    const auto signal = context.signals.next(live ? context.clock.now() + kRedraw : next_summary);
    if (!live && context.clock.now() >= next_summary) {
      next_summary = context.clock.now() + kSummaryEvery;
      say(board.summary() + "\n");
    }
    const auto answer = signal ? requests.hear(*signal) : StopRequests::Answer::none;
    if (answer == StopRequests::Answer::end_at_once) {
      ::_exit(kExitSignalBase + *signal);  // The tasks go with us.
    }
    if (answer == StopRequests::Answer::checkpoint) {
      for (const auto& slot : slots) slot->checkpoint();
    }
    if (answer == StopRequests::Answer::drain) {
      ended.signal = *signal;
      lines.clear();
      say("Stopping: running jobs take a last checkpoint. Press Ctrl-C again to end at once.\n");
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

void tell_dead(const RunState& state, SqliteQueueView& queue, std::uint64_t dead) {
  if (dead == 0) return;
  say(grouped(dead) + (dead == 1 ? " job is dead:\n" : " jobs are dead:\n"));
  for (const DeadJob& letter : queue.dead_letters(kDeadShown)) {
    say("  " + letter.job_id + ": " + why_dead(letter.reason, letter.error) + "\n");
  }
  const std::uint64_t letters = queue.dead();
  if (letters > kDeadShown) say("  and " + grouped(letters - kDeadShown) + " more\n");
  if (dead > letters) {
    say("  " + grouped(dead - letters) +
        " without a dead letter, because it was dropped: holdfast dead requeue JOB still requeues "
        "one\n");
  }
  const std::string here = " --state " + state.folder.string();
  say("To see what a job printed: holdfast logs JOB" + here + " (or " + state.logs().string() +
      "/); why it is dead and how to fix it: holdfast why JOB" + here +
      "; to try them again: holdfast dead requeue --all" + here + ", then this command again\n");
}

void tell_warnings(const std::vector<std::string>& warnings) {
  constexpr std::size_t kShown = 5;
  if (warnings.empty()) return;
  say("Warnings:\n");
  for (std::size_t i = 0; i < std::min(warnings.size(), kShown); ++i)
    say("  " + warnings[i] + "\n");
  if (warnings.size() > kShown) say("  and " + grouped(warnings.size() - kShown) + " more\n");
}

std::string to_json(const Tally& tally, const RunState& state, std::uint64_t without_result) {
  return nlohmann::ordered_json({{"jobs", tally.jobs},
                                 {"completed", tally.completed},
                                 {"dead", tally.dead},
                                 {"cancelled", tally.cancelled},
                                 {"left", tally.left},
                                 {"missing", tally.missing()},
                                 {"without_result", without_result},
                                 {"state", state.folder.string()}})
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

int tell_end(const RunState& state, SqliteQueueView& queue, const Tally& tally, const Ended& ended,
             std::uint64_t without_result, bool json) {
  tell_warnings(ended.warnings);
  tell_dead(state, queue, tally.dead);
  std::string text = grouped(tally.completed) + " of " + grouped(tally.jobs) + " jobs completed";
  if (tally.cancelled > 0) text += ", " + grouped(tally.cancelled) + " cancelled";
  if (tally.missing() > 0) text += ", " + grouped(tally.missing()) + " missing";
  if (tally.left > 0) {
    text += ", " + grouped(tally.left) + " left; run the same command again to continue";
  } else {
    text += "; results are in " + (state.folder / "store").string() + "/JOB/";
  }
  say(text + "\n");
  if (without_result > 0) {
    say(grouped(without_result) +
        " of them completed without a result; a program must write its result to "
        "HOLDFAST_OUTPUT_DIR\n");
  }
  if (tally.missing() > 0) {
    say("Neither the queue nor the store knows the missing jobs. To run every job that is not "
        "completed again, remove " +
        (state.folder / "submitted.sqlite").string() + " and run the same command\n");
  }
  if (json) print(to_json(tally, state, without_result) + "\n");
  if (!ended.failure.empty()) throw Error(ErrorKind::rejected, ended.failure);
  if (ended.signal != 0 && tally.left > 0) return kExitSignalBase + ended.signal;
  return tally.dead + tally.missing() > 0 ? kExitJobsDead : kExitDone;
}

// Lines that were changed since their jobs were submitted: with --update, those that nobody has
// begun get their new content.
void take_changes(const RunOptions& options, const RunState& state, const JobList& list,
                  const CheckedList& checked, Ledger& ledger, Store& store,
                  const CommandContext& context) {
  if (checked.changed.empty()) return;
  if (!options.update) {
    return tell_changed(list, checked.changed, kUpdateMayChange);
  }
  SqliteRevision queue(state.folder);
  auto stay = checked.changed;
  const auto reader = list.read();
  ListedJob job;
  ListFault fault;
  while (reader->next(job, fault) == Reading::job) {
    const auto id = JobId::parse(job.id);
    if (!id || !stay.contains(job.id) || look_at_job(store, context.clock, *id).newest) continue;
    if (!queue.replace(job.id, job.body)) continue;
    ledger.change(job.id, fingerprint(job.body));
    stay.erase(job.id);
  }
  ledger.commit();
  say(jobs_text(checked.changed.size() - stay.size()) + " updated from " + list.name() + "\n");
  tell_changed(list, stay, kStayAsTheyWere);
}

// Jobs of an earlier list that this one does not name, and that are not done.
void take_removals(const RunOptions& options, const JobList& list, SqliteQueueView& queue,
                   Ledger& ledger, Store& store, const CommandContext& context) {
  const std::vector<std::string> unlisted = ledger.unlisted();
  if (unlisted.empty()) return;
  const std::set<std::string> unfinished = queue.unfinished_ids();
  std::vector<std::string> removed;
  std::copy_if(unlisted.begin(), unlisted.end(), std::back_inserter(removed),
               [&](const std::string& id) { return unfinished.contains(id); });
  if (removed.empty()) return;
  const std::string named = "(" + removed.front() + (removed.size() > 1 ? ", ..." : "") + ")";
  const std::string what = jobs_text(removed.size()) + (removed.size() == 1 ? " is" : " are") +
                           " no longer in " + list.name() + " " + named;
  if (!options.cancel_removed) {
    return say("holdfast: warning: " + what + " but will run: the queue still has " +
               (removed.size() == 1 ? "it" : "them") + "; --cancel-removed cancels them\n");
  }
  for (const std::string& name : removed) {
    if (const auto id = JobId::parse(name)) {
      static_cast<void>(cancel_job(store, context.clock, *id, this_person()));
    }
  }
  say(what + ": cancelled\n");
}

// Several programs that run in one folder at the same time would give each other's files as theirs.
void refuse_mixed_results(const RunOptions& options, const WorkerSettings& settings) {
  if (options.slots == 1 || settings.working_directory.empty()) return;
  for (const std::string& pattern : options.task.results) {
    if (!fields_asked_for({pattern}).empty()) continue;
    throw UsageError(
        "with --slots " + std::to_string(options.slots) + " several programs run in " +
        settings.working_directory.string() + " at the same time, and --results '" + pattern +
        "' could give a job the files of another: put the job's name into the pattern, as in "
        "'{job_id}-*.csv', or run each job in its own directory with --chdir checkpoint");
  }
}

// The command by which the list was begun is kept with it, so that a change of it is told.
void compare_command(const RunState& state, const std::vector<std::string>& command,
                     const Tally& before) {
  std::string text;
  for (const std::string& word : command) text += (text.empty() ? "" : " ") + json_string(word);
  const std::filesystem::path file = state.folder / "command";
  const std::string earlier = read_file(file, kCommandBytesMax).value_or("");
  if (!earlier.empty() && earlier != text) {
    say("holdfast: warning: the command has changed since this list was begun" +
        (before.completed == 0 ? ""
                               : "; " + jobs_text(before.completed) +
                                     " completed with an earlier one, and their results stay") +
        ". It was: " + earlier + "\n");
  }
  replace_file(file, text);
}

// The group goes with each job, for its notification; without a wish nobody reads it.
SubmitterWishes headers_for(const RunOptions& options, const std::string& group) {
  SubmitterWishes wishes;
  if (!options.notify.empty() && !group.empty()) wishes.headers = {{kGroupHeader, group}};
  return wishes;
}

void start_notifications(const RunOptions& options, const RunState& state, Store& store,
                         const std::string& group, const CommandContext& context,
                         std::optional<NotifyStack>& notifications) {
  if (options.notify.empty()) return;
  const FleetLayout layout(queue_name(state.queue()));
  for (const NotifyTarget& target : options.notify) {
    NotifyLedger(store, context.clock, layout).wish(group, target, context.clock.wall());
  }
  notifications.emplace(
      make_courier(settings_of(PlaceOptions{}), state.store(), NotifyRules(), context.clock), store,
      context.clock, layout, options.notify, group, Notifier::Begin::with_missed);
}

// Brings what is completed into the folder that --to names; `code` if nothing is missing there.
int fetch_to(const RunOptions& options, const JobList& list, Store& store, int code,
             const CommandContext& context) {
  if (options.to.empty()) return code;
  StopOnSignal stop(context.signals, context.clock);
  FetchPlan plan{options.to, {}, {}, false};
  plan.only_completed = true;
  plan.json = options.json;
  Fetching fetching(store, context.clock, std::move(plan), stop.token());
  fetching.fetch(ids_in(list));
  const bool whole = fetching.finish();
  if (const auto signal = stop.signal()) return kExitSignalBase + *signal;
  return whole || code != kExitDone ? code : kExitNotAll;
}

}  // namespace

int run_jobs(const RunOptions& options, const CommandContext& context) {
  set_log_level(options.log_level);
  context.signals.watch_too(options.task.drain_on);
  context.signals.watch_too(options.task.checkpoint_on);
  JobList list = open_jobs(options.jobs);
  if (!options.inputs.empty()) list.give_inputs({options.inputs, reference_here, false});
  if (options.jobs.dry_run) {
    print_jobs(list);
    return kExitDone;
  }
  const RunState state = state_of(options);
  WorkerSettings settings;
  apply(options.task, state.store(), settings);
  refuse_mixed_results(options, settings);
  make_own(state, options.slots);
  const FolderLock kept_for_us = lock(state);

  const auto ledger = make_ledger(state.folder / "submitted.sqlite", state.queue());
  forget_lost_queue(state, *ledger);
  std::set<std::string> asked = fields_asked_for(options.task.command);
  asked.merge(fields_asked_for(options.task.results));
  const CheckedList checked = check_and_tell(list, *ledger, asked);
  StoreStack store(state.store(), context.clock, FleetLayout(queue_name(state.queue())));
  SqliteQueueView queue(state.folder);
  take_changes(options, state, list, checked, *ledger, store.store(), context);
  take_removals(options, list, queue, *ledger, store.store(), context);
  const std::string group = group_of(options.jobs);
  if (!group.empty()) {
    note_group(group, list, store.store(), context.clock, FleetLayout(queue_name(state.queue())));
  }
  if (checked.jobs > checked.submitted) {
    const auto publisher = make_publisher(state.queue(), "holdfast run", context.clock);
    const Sent sent =
        send_and_tell(list, checked, *publisher, *ledger, headers_for(options, group), context);
    if (sent.signal != 0) return kExitSignalBase + sent.signal;
  }

  std::optional<NotifyStack> notifications;
  start_notifications(options, state, store.store(), group, context, notifications);
  const auto finish_notifications = [&] {
    if (notifications) notifications->finish("run the same command again to send them");
  };
  const auto tally = [&] { return tally_of(store.store(), queue, *ledger, context.clock); };
  const Tally before = tally();
  if (before.left == 0) {
    say("There is nothing left to do.\n");
    finish_notifications();
    return fetch_to(options, list, store.store(),
                    tell_end(state, queue, before, {}, 0, options.json), context);
  }
  if (before.completed > 0) {
    say("Going on: " + grouped(before.completed) + " of " + grouped(before.jobs) +
        " jobs are completed already.\n");
  }
  compare_command(state, options.task.command, before);
  RunBoard board(options.slots, {before.jobs, before.completed, before.dead},
                 can_redraw(STDERR_FILENO), context.clock);
  RunHints hints(
      settings.working_directory, options.slots, context.clock.wall(),
      {std::filesystem::absolute(base_of(options.jobs)).lexically_normal(), state.folder});
  Ended ended;
  {
    const InputStack inputs(options.task, state.store(), store.store(), context.clock,
                            state.inputs(), LocalFiles::allowed);
    const EndTeller ended_teller = notifications ? notifications->teller() : EndTeller();
    Slots slots = start_slots(options, state, store.store(), inputs.fetcher(), ended_teller,
                              settings, board, hints, context);
    ended = await_end(slots, board, options.task, context);
    ended.warnings = board.totals().warnings;
    if (const std::string hint = board.totals().hint; !hint.empty()) say(hint + "\n");
  }
  finish_notifications();
  const int code =
      tell_end(state, queue, tally(), ended, board.totals().without_result, options.json);
  return fetch_to(options, list, store.store(), code, context);
}

}  // namespace holdfast
