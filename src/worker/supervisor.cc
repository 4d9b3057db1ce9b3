#include "worker/supervisor.h"

#include <algorithm>

#include "base/check.h"
#include "base/file.h"
#include "base/log.h"
#include "core/transition.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr Duration kAppendTry = std::chrono::seconds(5);
constexpr Duration kAppendPause = std::chrono::seconds(2);
constexpr Duration kIdleWake = std::chrono::minutes(1);
// With the time until an owner sees that it is cancelled: gone within half a minute.
constexpr Duration kCancelGrace = std::chrono::seconds(10);
constexpr Duration kSavePauseAfterFailure = std::chrono::seconds(5);
constexpr Duration kKeepOutputPause = std::chrono::seconds(5);

}  // namespace

Supervisor::Supervisor(const WorkerPorts& ports, const WorkerSettings& settings, Mail& mail,
                       JobLog& log, Watch& watch, const std::string& attempt_id,
                       const std::string& job, std::optional<Duration> mtbf)
    : ports_(ports),
      settings_(settings),
      mail_(mail),
      log_(log),
      watch_(watch),
      attempt_id_(attempt_id),
      job_(job),
      mtbf_(mtbf),
      limits_(settings.time_limit, settings.stall_after),
      durability_(settings.lag_max) {}

TaskOutcome Supervisor::run(const TaskSpec& spec, const fs::path& snapshots) {
  snapshots_.folder = snapshots;
  const TimePoint now = ports_.clock.now();
  next_checkpoint_ = now + checkpoint_interval();
  next_save_ = next_commit_ = next_keep_ = now;
  const std::vector<EndingNote>& endings = log_.newest()->endings;
  may_vanish_too_ = !endings.empty() && endings.back().ending == Ending::lost;
  ports_.runner.start(spec);
  limits_.started(ports_.clock.now());
  durability_.started(ports_.clock.now());
  ports_.board.durable_until.set(durability_.instant());

  while (!exit_) {
    stop_if_draining();
    stop_if_over_limit();
    commit_if_pending();
    watch_if_due();
    take_snapshot_if_due();
    start_transfer_if_free();
    hold_back_or_let_go();
    const auto event = mail_.next(wake_up());
    if (!event) continue;
    if (const auto* task = std::get_if<TaskEvent>(&*event)) handle(*task);
    if (const auto* answer = std::get_if<TransferAnswer>(&*event)) handle(*answer);
  }

  const Duration ran = durability_.ran(ports_.clock.now());
  const Progress progress = progress_at(ports_.clock.now());
  static_cast<void>(durability_.let_go(ports_.clock.now()));
  ports_.board.held_back.set(false);

  // A task that finished needs no checkpoint any more; one that ended otherwise keeps what is
  // on its way.
  const bool finished = exit_->code == 0 && !superseded_;
  if (finished || superseded_) stop_.request_stop();
  await_transfer();
  drop(snapshots_.waiting);
  if (!finished) finish_commit();
  return {std::move(*exit_), asked_to_stop_, limits_.length_of(asked_to_stop_), superseded_, ran,
          progress};
}

// Only what would be done when its time comes counts: a time that passed unused would spin.
TimePoint Supervisor::wake_up() const {
  TimePoint soonest = TimePoint::max();
  const auto consider = [&](bool due_at_all, TimePoint at) {
    if (due_at_all) soonest = std::min(soonest, at);
  };
  consider(may_freeze(), next_checkpoint_);
  consider(may_commit(), next_commit_);
  consider(may_watch(), watch_.due());
  consider(may_save(), next_save_);
  consider(may_retire(), next_retire_);
  consider(may_keep_output(), next_keep_);
  consider(may_limit(), limits_.due());
  consider(may_hold_back(), durability_.due(line(), ports_.clock.now()));
  return soonest == TimePoint::max() ? ports_.clock.now() + kIdleWake : soonest;
}

bool Supervisor::may_freeze() const {
  return settings_.checkpoint_every > Duration::zero() && !task_signals_ && !snapshots_.taking &&
         !durability_.held() && !asked_to_stop_ && !superseded_ && !exit_;
}
bool Supervisor::may_commit() const {
  return to_commit_ && !superseded_;
}
// An append whose outcome is unknown comes before anything else.
bool Supervisor::may_watch() const {
  return !to_commit_ && !superseded_;
}
bool Supervisor::may_save() const {
  return snapshots_.waiting && !transfer_busy_ && !to_commit_ && !superseded_;
}

bool Supervisor::may_retire() const {
  return !to_retire_.empty() && !transfer_busy_ && !to_commit_ && !superseded_;
}

bool Supervisor::may_keep_output() const {
  return may_vanish_too_ && !output_so_far_.empty() && !transfer_busy_ && !superseded_;
}

// A task that is held can give no sign.
bool Supervisor::may_limit() const {
  return !snapshots_.taking && !durability_.held() && !asked_to_stop_ && !superseded_ && !exit_;
}

void Supervisor::handle(const TaskEvent& event) {
  const bool sign_of_life = std::holds_alternative<TaskWrote>(event) ||
                            std::holds_alternative<TaskSaid>(event) ||
                            std::holds_alternative<TaskCheckpoint>(event);
  if (sign_of_life) limits_.alive(ports_.clock.now());
  if (const auto* exited = std::get_if<TaskExited>(&event)) {
    exit_ = *exited;
    output_so_far_.clear();
    snapshots_.taking = false;
  } else if (const auto* wrote = std::get_if<TaskWrote>(&event)) {
    output_so_far_ = wrote->output_tail;
  } else if (const auto* said = std::get_if<TaskSaid>(&event)) {
    if (said->progress) progress_.fraction = said->progress;
    if (said->stall_after) limits_.allow_silence(*said->stall_after);
    if (said->step) progress_.step = said->step;
    if (said->status) progress_.status = said->status->substr(0, kDetailBytesMax);
    ports_.tell({job_, JobNews::Phase::running, log_.newest()->attempt.value, progress_.fraction,
                 progress_.status});
  } else if (std::holds_alternative<TaskCheckpoint>(event)) {
    task_signals_ = true;
    if (snapshots_.taking) {
      snapshots_.task_waits = true;
    } else {
      take_snapshot(SnapshotMode::task_waits);
    }
  } else if (const auto* taken = std::get_if<SnapshotTaken>(&event)) {
    snapshots_.taking = false;
    drop(snapshots_.waiting);  // The latest wins.
    snapshots_.waiting = snapshot_of(taken->directory, taken->held);
    limits_.held(taken->held);
    log(LogLevel::debug, "snapshot taken",
        {{"job", job_},
         {"held_ms", std::chrono::duration<double, std::milli>(taken->held).count()}});
    say_left_out(taken->left_out);
  } else if (const auto* failed = std::get_if<SnapshotFailed>(&event)) {
    snapshots_.taking = false;
    ports_.board.checkpoint_failures.add(1);
    // A task that is being stopped is not copied to the end.
    log(asked_to_stop_ ? LogLevel::info : LogLevel::error, "snapshot failed",
        {{"job", job_}, {"error", failed->reason}});
    if (failed->disk_full) make_room();
  }
  if (snapshots_.task_waits && !snapshots_.taking && !exit_) {
    snapshots_.task_waits = false;
    take_snapshot(SnapshotMode::task_waits);
  }
}

void Supervisor::take_snapshot(SnapshotMode mode) {
  snapshots_.taking = true;
  snapshots_.count += 1;
  ports_.runner.snapshot(mode, snapshots_.folder / std::to_string(snapshots_.count));
}

Supervisor::Snapshot Supervisor::snapshot_of(const fs::path& directory, Duration held) const {
  const TimePoint instant = ports_.clock.now() - held;
  return {directory, instant, durability_.ran(instant), progress_at(instant), held};
}

Progress Supervisor::progress_at(TimePoint instant) const {
  const auto ago = std::chrono::duration_cast<WallTime::duration>(ports_.clock.now() - instant);
  Progress progress = progress_;
  progress.as_of = to_text(ports_.clock.wall() - ago);
  progress.ran_seconds = whole_seconds(durability_.ran(instant));
  return progress;
}

// Once per attempt: a task that has a socket has it all the time.
void Supervisor::say_left_out(const std::vector<fs::path>& left_out) {
  constexpr std::size_t kNamed = 3;
  if (left_out.empty() || std::exchange(snapshots_.left_out_said, true)) return;
  std::string names;
  for (std::size_t i = 0; i < std::min(left_out.size(), kNamed); ++i) {
    names += (i == 0 ? "" : ", ") + left_out[i].string();
  }
  if (left_out.size() > kNamed) {
    names += " and " + std::to_string(left_out.size() - kNamed) + " more";
  }
  log(LogLevel::warn, "sockets, pipes or devices are not in the checkpoint",
      {{"job", job_}, {"names", names}});
}

// The snapshot saved last only makes the next one cheaper. One that waits to be saved is kept: it
// may be the newest that there will be.
void Supervisor::make_room() {
  if (!snapshots_.saved) return;
  drop(snapshots_.saved);
  next_checkpoint_ = ports_.clock.now();
}

Duration Supervisor::checkpoint_interval() const {
  const bool measured = cost_.saving > Duration::zero();
  const Duration interval =
      mtbf_ && measured ? best_interval(cost_, *mtbf_) : settings_.checkpoint_every;
  // Else a task would be held back for want of checkpoints.
  return settings_.lag_max > Duration::zero() ? std::min(interval, settings_.lag_max / 2)
                                              : interval;
}

void Supervisor::take_snapshot_if_due() {
  if (!may_freeze() || ports_.clock.now() < next_checkpoint_) return;
  next_checkpoint_ = ports_.clock.now() + checkpoint_interval();
  take_snapshot(SnapshotMode::freeze);
}

void Supervisor::start_transfer_if_free() {
  if (transfer_busy_ || to_commit_ || superseded_) return;
  if (may_retire() && ports_.clock.now() >= next_retire_) {
    transfer_busy_ = true;
    retiring_ = std::exchange(to_retire_, {});
    ports_.transfer({Retire{retiring_, log_.newest()->checkpoints}, stop_.get_token()});
    return;
  }
  if (!may_save() || ports_.clock.now() < next_save_) return keep_output_if_due();
  transfer_busy_ = true;
  saving_since_ = ports_.clock.now();
  next_save_ = ports_.clock.now() + settings_.checkpoint_pause;
  snapshots_.saving = std::exchange(snapshots_.waiting, std::nullopt);
  cost_.held = snapshots_.saving->held;
  ports_.transfer({Save{snapshots_.saving->directory,
                        {log_.newest()->generation.value + 1},
                        std::exchange(output_so_far_, {})},
                   stop_.get_token()});
}

void Supervisor::keep_output_if_due() {
  if (!may_keep_output() || ports_.clock.now() < next_keep_) return;
  transfer_busy_ = true;
  next_keep_ = ports_.clock.now() + kKeepOutputPause;
  ports_.transfer({KeepOutput{std::exchange(output_so_far_, {})}, stop_.get_token()});
}

void Supervisor::handle(const TransferAnswer& answer) {
  check(transfer_busy_, "an answer follows a command");
  transfer_busy_ = false;
  if (const auto* saved = std::get_if<Saved>(&answer)) {
    drop(snapshots_.saved);  // The next is made from the one that is saved now.
    snapshots_.saved = std::exchange(snapshots_.saving, std::nullopt);
    to_commit_ = saved->checkpoint;
    if (to_commit_->uploaded_bytes > 0) limits_.alive(saving_since_);  // It had written something.
    cost_.saving = ports_.clock.now() - saving_since_;
    save_failed_ = false;
    if (mtbf_) next_checkpoint_ = saving_since_ + checkpoint_interval();
    commit_if_pending();
  } else if (const auto* failed = std::get_if<TransferFailed>(&answer)) {
    const bool saving = snapshots_.saving.has_value();
    log(LogLevel::warn,
        saving ? "checkpoint not stored, trying again" : "old checkpoint not removed",
        {{"job", job_}, {"error", failed->what}});
    if (!saving) {
      const bool again = failed->kind == ErrorKind::unavailable && to_retire_.size() < kRetainedMax;
      if (again) to_retire_.insert(to_retire_.begin(), retiring_.begin(), retiring_.end());
      next_retire_ = ports_.clock.now() + kSavePauseAfterFailure;
      return;
    }
    save_failed_ = true;
    ports_.board.checkpoint_failures.add(1);
    // The snapshot waits again, unless a newer one does already.
    if (snapshots_.waiting) {
      drop(snapshots_.saving);
    } else {
      snapshots_.waiting = std::exchange(snapshots_.saving, std::nullopt);
    }
    next_save_ = ports_.clock.now() + kSavePauseAfterFailure;
  } else if (std::holds_alternative<TransferStopped>(answer)) {
    drop(snapshots_.saving);
  }
}

void Supervisor::commit_if_pending() {
  if (!may_commit() || ports_.clock.now() < next_commit_) return;
  const std::vector<CheckpointRef> before = log_.newest()->checkpoints;
  try {
    const auto outcome = log_.append(
        attempt_id_,
        [this](const std::optional<Record>& newest) {
          return checkpointed(*newest, to_commit_->ref, snapshots_.saved->progress,
                              settings_.checkpoints_kept);
        },
        ports_.clock.now() + kAppendTry);
    if (outcome == AppendOutcome::superseded) return supersede();
  } catch (const Error& error) {
    // It may stand or not: the same append is tried again before anything else.
    next_commit_ = ports_.clock.now() + kAppendPause;
    save_failed_ = true;
    if (!error.may_work_later()) mail_.fail(error.what());
    return;
  }
  const std::vector<CheckpointRef>& kept = log_.newest()->checkpoints;
  for (const CheckpointRef& ref : before) {
    if (std::find(kept.begin(), kept.end(), ref) == kept.end()) to_retire_.push_back(ref);
  }
  durability_.committed(snapshots_.saved->instant, snapshots_.saved->ran);
  tell_committed();
  to_commit_.reset();
  save_failed_ = false;
  may_vanish_too_ = false;
  watch_.looked();
}

void Supervisor::tell_committed() {
  using Seconds = std::chrono::duration<double>;
  const Duration lag = ports_.clock.now() - durability_.instant();
  log(LogLevel::info, "checkpoint committed",
      {{"job", job_},
       {"attempt", log_.newest()->attempt.value},
       {"generation", to_commit_->ref.generation.value},
       {"bytes", to_commit_->ref.size_bytes},
       {"uploaded_bytes", to_commit_->uploaded_bytes},
       {"lag_s", Seconds(lag).count()}});
  WorkerBoard& board = ports_.board;
  board.durable_until.set(durability_.instant());
  board.checkpoints_committed.add(1);
  board.checkpoint_uploaded_bytes.add(to_commit_->uploaded_bytes);
  board.checkpoint_bytes.set(to_commit_->ref.size_bytes);
  board.checkpoint_held.set(cost_.held);
  board.checkpoint_saving.set(cost_.saving);
  ports_.tell({job_, JobNews::Phase::checkpointed, log_.newest()->attempt.value, progress_.fraction,
               progress_.status});
}

bool Supervisor::may_hold_back() const {
  return !asked_to_stop_ && !superseded_ && !exit_;
}

Durability::Line Supervisor::line() const {
  const bool on_its_way = snapshots_.waiting || snapshots_.saving || to_commit_;
  return {on_its_way, watch_.store_answers() && !save_failed_};
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
  if (!asked_to_stop_ && mail_.draining()) ask_to_stop(StopReason::drain);
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
  to_commit_.reset();
  stop_.request_stop();
  const Record& newest = *log_.newest();
  const bool cancelled = newest.state == JobState::cancelled;
  log(LogLevel::warn, cancelled ? "job cancelled, stopping its task" : "attempt superseded",
      {{"job", job_}, {"attempt_id", attempt_id_}, {"by", cancelled ? newest.by : newest.worker}});
  // A program that is cancelled may clean up. One that runs elsewhere by now must not go on.
  if (!exit_) {
    ports_.runner.stop(cancelled ? std::min(settings_.grace, kCancelGrace) : Duration::zero());
  }
}

bool Supervisor::save_last(const fs::path& directory, TimePoint deadline) {
  const Generation before = log_.newest()->generation;
  stop_ = std::stop_source();  // An earlier upload may have been given up.
  snapshots_.waiting = snapshot_of(directory, Duration::zero());
  next_save_ = ports_.clock.now();
  while (ports_.clock.now() < deadline && !superseded_ && !mail_.failed()) {
    watch_if_due();
    commit_if_pending();
    if (!snapshots_.waiting && !transfer_busy_ && !to_commit_) {
      return !superseded_ && log_.newest()->generation > before;
    }
    start_transfer_if_free();
    const auto event = mail_.next(std::min(deadline, wake_up()));
    if (!event) continue;
    if (const auto* answer = std::get_if<TransferAnswer>(&*event)) handle(*answer);
  }
  stop_.request_stop();
  await_transfer();
  return false;
}

// Answers who asks meanwhile. A worker that drains waits no longer than for a last checkpoint.
void Supervisor::await_transfer() {
  std::optional<TimePoint> deadline;
  while (transfer_busy_) {  // Ends: every command is answered, soon if it is asked to stop.
    watch_if_due();
    const TimePoint now = ports_.clock.now();
    if (mail_.draining() && !deadline) deadline = now + settings_.last_save;
    if (deadline && now >= *deadline) stop_.request_stop();
    TimePoint wake = may_watch() ? watch_.due() : now + kIdleWake;
    if (deadline && !stop_.stop_requested()) wake = std::min(wake, *deadline);
    const auto event = mail_.next(wake);
    if (!event) continue;
    if (const auto* answer = std::get_if<TransferAnswer>(&*event)) handle(*answer);
  }
}

// What is stored counts, also if the store blips just now. Ends when the store answers or the
// worker is drained.
void Supervisor::finish_commit() {
  next_commit_ = ports_.clock.now();
  commit_if_pending();
  while (may_commit() && !mail_.draining()) {
    mail_.store_away("a last checkpoint is stored and not committed");
    static_cast<void>(mail_.next(next_commit_));
    commit_if_pending();
  }
  mail_.store_answered();
}

void Supervisor::drop(std::optional<Snapshot>& snapshot) {
  if (!snapshot) return;
  // What stays goes with the workspace, before the next job.
  static_cast<void>(try_remove_tree(snapshot->directory));
  snapshot.reset();
}

}  // namespace holdfast
