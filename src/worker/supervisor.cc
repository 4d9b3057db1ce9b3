#include "worker/supervisor.h"

#include <algorithm>
#include <csignal>

#include "base/check.h"
#include "base/log.h"
#include "base/wall_time.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr Duration kCommitPause = std::chrono::seconds(2);
constexpr Duration kIdleWake = std::chrono::minutes(1);
// What comes is looked at within this, unless something keeps the worker from it.
constexpr Duration kHearsAtOnce = std::chrono::seconds(1);
// Nobody can tell a pause of the machine from a wait that it fell into: waits are short.
constexpr Duration kListensAtMost = std::chrono::seconds(10);
// With the time until an owner sees that it is cancelled: gone within half a minute.
constexpr Duration kCancelGrace = std::chrono::seconds(10);
// A machine that goes down sends SIGTERM to everything at once, in any order. How long after a
// program's end ours may come.
constexpr Duration kOurStopWait = std::chrono::seconds(2);

// Whether the program may have ended because somebody other than we asked it to.
bool may_answer_a_stop(const TaskExited& exit) {
  constexpr int kShellSignalBase = 128;
  const auto asks = [](int signal) {
    return signal == SIGTERM || signal == SIGINT || signal == SIGHUP;
  };
  if (exit.signal) return asks(*exit.signal);
  return exit.answers_stop || asks(*exit.code - kShellSignalBase);
}

}  // namespace

Supervisor::Supervisor(const WorkerPorts& ports, const WorkerSettings& settings,
                       SessionEvents& events, StoreCalls& store_calls, JobLog& log, Watch& watch,
                       TimeSheet& time_sheet, const std::string& attempt_id, const std::string& job,
                       std::optional<Duration> mtbf)
    : ports_(ports),
      settings_(settings),
      events_(events),
      store_calls_(store_calls),
      log_(log),
      watch_(watch),
      time_sheet_(time_sheet),
      attempt_id_(attempt_id),
      job_(job),
      checkpointer_(ports, settings, events, log, attempt_id, job, mtbf),
      limits_(settings.time_limit, settings.stall_after,
              std::chrono::seconds(log.newest()->ran_total_seconds)),
      durability_(settings.lag_max) {}

TaskOutcome Supervisor::run(const TaskSpec& spec, const fs::path& snapshots,
                            const std::optional<CheckpointRef>& resumed) {
  checkpointer_.begin(snapshots, resumed);
  ports_.runner.start(spec);
  limits_.started(ports_.clock.now());
  durability_.started(ports_.clock.now());
  time_sheet_.program_started(ports_.clock.now());
  ports_.board.durable_until.set(durability_.instant());

  heard_until_ = ports_.clock.now();
  while (!exit_) {
    stop_if_draining();
    forgive_deafness();
    stop_if_over_limit();
    commit_if_due();
    watch_if_due();
    if (may_freeze()) checkpointer_.freeze_if_due();
    checkpointer_.transfer_if_due();
    hold_back_or_let_go();
    const auto event = listen();
    if (!event) continue;
    if (const auto* task = std::get_if<TaskEvent>(&*event)) handle(*task);
    if (const auto* answer = std::get_if<TransferAnswer>(&*event)) handle(*answer);
    if (std::holds_alternative<CheckpointRequested>(*event)) checkpointer_.take_at_once();
  }

  const Duration ran = durability_.ran(ports_.clock.now());
  const Progress progress = progress_at(ports_.clock.now());
  time_sheet_.stood_still(durability_.let_go(ports_.clock.now()));
  ports_.board.held_back.set(false);

  wait_for_our_stop();
  // A task that finished needs no checkpoint any more; one that ended otherwise keeps what is
  // on its way.
  const bool finished = exit_->code == 0 && !superseded_ && (!asked_to_stop_ || said_finished_);
  if (finished || superseded_) checkpointer_.stop_transfers();
  await_transfer();
  checkpointer_.drop_waiting();
  if (finished) checkpointer_.drop_all();
  if (!finished) finish_commit();
  return {std::move(*exit_), asked_to_stop_, limits_.length_of(asked_to_stop_),
          said_finished_,    superseded_,    ran,
          progress};
}

std::optional<Event> Supervisor::listen() {
  forgive_deafness();  // Calls of this round may have taken long.
  const TimePoint now = ports_.clock.now();
  const TimePoint until = std::clamp(wake_up(), now, now + kListensAtMost);
  auto event = events_.next(until);
  heard_until_ = std::min(ports_.clock.now(), until);
  return event;
}

// A worker that stood still itself (its machine was paused, say), or waited for a call to return,
// heard nothing of its task meanwhile: that is no silence of the task.
void Supervisor::forgive_deafness() {
  const TimePoint now = ports_.clock.now();
  if (now - heard_until_ <= kHearsAtOnce) return;
  limits_.held(now - heard_until_);
  heard_until_ = now;
}

// Only what would be done when its time comes counts: a time that passed unused would spin.
TimePoint Supervisor::wake_up() const {
  TimePoint soonest = checkpointer_.due(may_freeze());
  const auto consider = [&](bool due_at_all, TimePoint at) {
    if (due_at_all) soonest = std::min(soonest, at);
  };
  consider(may_watch(), watch_.due());
  consider(may_limit(), limits_.due());
  consider(may_hold_back(), durability_.due(line(), ports_.clock.now()));
  return soonest == TimePoint::max() ? ports_.clock.now() + kIdleWake : soonest;
}

bool Supervisor::may_freeze() const {
  return !durability_.held() && !asked_to_stop_ && !superseded_ && !exit_;
}
bool Supervisor::may_watch() const {
  return !checkpointer_.commits() && !superseded_;
}
// A task that is held can give no sign.
bool Supervisor::may_limit() const {
  return !checkpointer_.takes_snapshot() && !durability_.held() && !asked_to_stop_ &&
         !superseded_ && !exit_;
}

void Supervisor::handle(const TaskEvent& event) {
  const bool sign_of_life = std::holds_alternative<TaskWrote>(event) ||
                            std::holds_alternative<TaskSaid>(event) ||
                            std::holds_alternative<TaskCheckpoint>(event);
  if (sign_of_life) limits_.alive(ports_.clock.now());
  if (const auto* exited = std::get_if<TaskExited>(&event)) {
    exit_ = *exited;
    time_sheet_.program_ended(ports_.clock.now());
    checkpointer_.task_ended();
  } else if (const auto* wrote = std::get_if<TaskWrote>(&event)) {
    tell(JobNews::Phase::running, wrote->last_line);
  } else if (const auto* said = std::get_if<TaskSaid>(&event)) {
    if (said->progress) progress_.fraction = said->progress;
    if (said->stall_after) limits_.allow_silence(*said->stall_after);
    if (said->finished) said_finished_ = true;
    if (said->step) progress_.step = said->step;
    if (said->status) progress_.status = said->status->substr(0, kDetailBytesMax);
    tell(JobNews::Phase::running);
  } else if (std::holds_alternative<TaskCheckpoint>(event)) {
    checkpointer_.task_asks();
  } else if (const auto* copied = std::get_if<SnapshotCopied>(&event)) {
    limits_.held(copied->held);
    checkpointer_.copied(snapshot_now(copied->held));
    time_sheet_.stood_still(copied->held);
  } else if (const auto* taken = std::get_if<SnapshotTaken>(&event)) {
    checkpointer_.taken(taken->directory, taken->left_out);
  } else if (const auto* failed = std::get_if<SnapshotFailed>(&event)) {
    checkpointer_.not_taken(*failed, asked_to_stop_.has_value());
  }
}

void Supervisor::handle(const TransferAnswer& answer) {
  if (const auto wrote_by = checkpointer_.answered(answer)) limits_.alive(*wrote_by);
  commit_if_due();
}

void Supervisor::tell(JobNews::Phase phase, const std::string& printed) const {
  ports_.tell(
      {job_, phase, log_.newest()->attempt.value, progress_.fraction, progress_.status, printed});
}

// Of a directory that has stood still for so long.
Snapshot Supervisor::snapshot_now(Duration held) const {
  const TimePoint instant = ports_.clock.now() - held;
  Snapshot snapshot;
  snapshot.instant = instant;
  snapshot.ran = durability_.ran(instant);
  snapshot.progress = progress_at(instant);
  snapshot.spent = time_sheet_.until(instant);
  snapshot.held = held;
  return snapshot;
}

Progress Supervisor::progress_at(TimePoint instant) const {
  const auto ago = std::chrono::duration_cast<WallTime::duration>(ports_.clock.now() - instant);
  Progress progress = progress_;
  progress.as_of = to_text(ports_.clock.wall() - ago);
  progress.ran_seconds = whole_seconds(durability_.ran(instant));
  return progress;
}

void Supervisor::commit_if_due() {
  switch (checkpointer_.commit_if_due()) {
    case Checkpointer::Commit::none:
      return;
    case Checkpointer::Commit::superseded:
      return supersede();
    case Checkpointer::Commit::unchanged:
      note_durable();
      return;
    case Checkpointer::Commit::committed:
      note_durable();
      watch_.looked();
      tell(JobNews::Phase::checkpointed);
  }
}

void Supervisor::note_durable() {
  const Snapshot& committed = checkpointer_.committed();
  durability_.committed(committed.instant, committed.ran);
  time_sheet_.durable(committed.spent);
}

bool Supervisor::may_hold_back() const {
  return !asked_to_stop_ && !superseded_ && !exit_;
}

Durability::Line Supervisor::line() const {
  return {checkpointer_.on_its_way(), watch_.store_answers() && !checkpointer_.failing()};
}

void Supervisor::hold_back_or_let_go() {
  const TimePoint now = ports_.clock.now();
  const bool hold = may_hold_back() && durability_.hold_back(line(), now);
  if (hold == durability_.held()) return;
  ports_.board.held_back.set(hold);
  if (hold) {
    ports_.board.held_back_count.add(1);
    log(LogLevel::warn, "task held back",
        {{"job", job_},
         {"unsaved_s", std::chrono::duration<double>(durability_.unsaved(now)).count()}});
    durability_.held_back(now);
    ports_.runner.hold();
    return;
  }
  const Duration held = durability_.let_go(now);
  limits_.held(held);
  time_sheet_.stood_still(held);
  log(LogLevel::info, "task goes on",
      {{"job", job_}, {"held_s", std::chrono::duration<double>(held).count()}});
  if (may_hold_back()) ports_.runner.resume();
}

void Supervisor::watch_if_due() {
  if (!may_watch()) return;
  watch_.look_if_due();
  if (watch_.superseded()) supersede();
}

void Supervisor::stop_if_draining() {
  if (!asked_to_stop_ && events_.draining()) ask_to_stop(StopReason::drain);
}

// The program has ended by itself, as it seems. If the worker is told to go within a moment, the
// same hand told the program, and it was interrupted.
void Supervisor::wait_for_our_stop() {
  if (asked_to_stop_ || superseded_ || said_finished_ || !may_answer_a_stop(*exit_)) return;
  const TimePoint until = ports_.clock.now() + kOurStopWait;
  while (ports_.clock.now() < until && !events_.draining() && !superseded_) {
    watch_if_due();
    commit_if_due();
    const auto event = events_.next(may_watch() ? std::min(until, watch_.due()) : until);
    const auto* answer = event ? std::get_if<TransferAnswer>(&*event) : nullptr;
    if (answer != nullptr) handle(*answer);
  }
  if (events_.draining()) asked_to_stop_ = StopReason::drain;
}

void Supervisor::stop_if_over_limit() {
  if (!may_limit()) return;
  if (const auto reason = limits_.exceeded(ports_.clock.now())) ask_to_stop(*reason);
}

void Supervisor::ask_to_stop(StopReason reason) {
  asked_to_stop_ = reason;
  log(reason == StopReason::drain ? LogLevel::info : LogLevel::warn, "task asked to stop",
      {{"job", job_}, {"reason", to_text(reason)}});
  ports_.runner.stop(settings_.grace);
}

void Supervisor::supersede() {
  superseded_ = true;
  checkpointer_.give_up();
  const Record& newest = *log_.newest();
  const bool cancelled = newest.state == JobState::cancelled;
  log(LogLevel::warn, cancelled ? "job cancelled, stopping its task" : "attempt superseded",
      {{"job", job_}, {"attempt_id", attempt_id_}, {"by", cancelled ? newest.by : newest.worker}});
  // A program that is cancelled may clean up. One that runs elsewhere by now must not go on.
  if (!exit_) {
    ports_.runner.stop(cancelled ? std::min(settings_.grace, kCancelGrace) : Duration::zero());
  }
}

bool Supervisor::save_last(const fs::path& directory, bool by_task, TimePoint deadline) {
  Snapshot left = snapshot_now(Duration::zero());
  left.directory = directory;
  left.by_task = by_task;
  const TimePoint instant = left.instant;
  checkpointer_.save_at_once(std::move(left));
  while (ports_.clock.now() < deadline && !superseded_ && !events_.failed()) {
    watch_if_due();
    commit_if_due();
    if (!checkpointer_.on_its_way() && !checkpointer_.transfers()) {
      return !superseded_ && checkpointer_.committed().instant >= instant;
    }
    checkpointer_.transfer_if_due();
    const auto event = events_.next(std::min(deadline, wake_up()));
    if (!event) continue;
    if (const auto* answer = std::get_if<TransferAnswer>(&*event)) handle(*answer);
  }
  checkpointer_.stop_transfers();
  await_transfer();
  return false;
}

void Supervisor::remove_leftovers(TimePoint deadline) {
  while (ports_.clock.now() < deadline && !superseded_ && !events_.failed()) {
    if (!checkpointer_.transfers()) {
      if (!checkpointer_.has_leftovers()) return;
      checkpointer_.transfer_if_due();
    }
    const TimePoint wake = checkpointer_.transfers() ? deadline : checkpointer_.due(false);
    const auto event = events_.next(std::min(deadline, wake));
    if (!event) continue;
    if (const auto* answer = std::get_if<TransferAnswer>(&*event)) {
      static_cast<void>(checkpointer_.answered(*answer));
    }
  }
  checkpointer_.stop_transfers();
  await_transfer();
}

// Answers who asks meanwhile. A worker that drains waits no longer than for a last checkpoint.
void Supervisor::await_transfer() {
  std::optional<TimePoint> deadline;
  while (checkpointer_.transfers()) {  // Ends: every command is answered, soon if asked to stop.
    watch_if_due();
    const TimePoint now = ports_.clock.now();
    if (events_.draining() && !deadline) deadline = now + settings_.last_save;
    const bool too_late = deadline && now >= *deadline;
    if (too_late) checkpointer_.stop_transfers();
    TimePoint wake = may_watch() ? watch_.due() : now + kIdleWake;
    if (deadline && !too_late) wake = std::min(wake, *deadline);
    const auto event = events_.next(wake);
    if (!event) continue;
    if (const auto* answer = std::get_if<TransferAnswer>(&*event)) handle(*answer);
  }
}

// What is stored counts, also if the store blips just now. Ends when the store answers or the
// worker is drained.
void Supervisor::finish_commit() {
  checkpointer_.commit_at_once();
  commit_if_due();
  while (checkpointer_.commits() && !events_.draining()) {
    store_calls_.away("a last checkpoint is stored and not committed");
    static_cast<void>(events_.next(ports_.clock.now() + kCommitPause));
    commit_if_due();
  }
  store_calls_.answered();
}

}  // namespace holdfast
