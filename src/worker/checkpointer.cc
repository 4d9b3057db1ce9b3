#include "worker/checkpointer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "core/transition.h"
#include "holdfast/error.h"
#include "worker/durability.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr Duration kAppendTry = std::chrono::seconds(5);
constexpr Duration kAppendPause = std::chrono::seconds(2);
constexpr Duration kPauseAfterFailure = std::chrono::seconds(5);

}  // namespace

Checkpointer::Checkpointer(const WorkerPorts& ports, const WorkerSettings& settings,
                           SessionEvents& events, JobLog& log, const std::string& attempt_id,
                           const std::string& job, std::optional<Duration> mtbf)
    : ports_(ports),
      settings_(settings),
      events_(events),
      log_(log),
      attempt_id_(attempt_id),
      job_(job),
      mtbf_(mtbf) {}

void Checkpointer::begin(const fs::path& snapshots, const std::optional<CheckpointRef>& resumed) {
  snapshots_.folder = snapshots;
  resumed_ = resumed;
  if (resumed) committed_digest_ = resumed->manifest_digest;
  const TimePoint now = ports_.clock.now();
  next_checkpoint_ = now + interval();
  next_save_ = next_commit_ = committed_shows_ = now;
}

void Checkpointer::task_ended() {
  snapshots_.taking = snapshots_.task_waits = false;
}

TimePoint Checkpointer::due(bool freezing_allowed) const {
  TimePoint soonest = TimePoint::max();
  const auto consider = [&](bool due_at_all, TimePoint at) {
    if (due_at_all) soonest = std::min(soonest, at);
  };
  consider(freezing_allowed && may_freeze(), next_checkpoint_);
  consider(commits(), next_commit_);
  consider(may_discard(), TimePoint{});
  consider(may_save(), next_save_);
  consider(may_retire(), next_retire_);
  return soonest;
}

// --- Snapshots ---

// One that is taken while another is being stored would only grow old. Not so in an outage, which
// may last: then the newest waits for its end.
bool Checkpointer::may_freeze() const {
  const bool would_wait = snapshots_.saving && !failing_;
  return settings_.checkpoint_every > Duration::zero() && !task_signals_ && !snapshots_.taking &&
         !would_wait;
}

Duration Checkpointer::interval() const {
  const bool measured = cost_.saving > Duration::zero();
  const Duration interval =
      mtbf_ && measured ? best_interval(cost_, *mtbf_) : settings_.checkpoint_every;
  // Else a task would be held back for want of checkpoints.
  return settings_.lag_max > Duration::zero() ? std::min(interval, settings_.lag_max / 2)
                                              : interval;
}

void Checkpointer::take_at_once() {
  log(LogLevel::info, "checkpoint asked for", {{"job", job_}});
  next_checkpoint_ = next_save_ = next_commit_ = TimePoint{};
}

void Checkpointer::freeze_if_due() {
  if (!may_freeze() || ports_.clock.now() < next_checkpoint_) return;
  next_checkpoint_ = ports_.clock.now() + interval();
  take(SnapshotMode::freeze);
}

void Checkpointer::take(SnapshotMode mode) {
  snapshots_.taking = true;
  snapshots_.by_task = mode == SnapshotMode::task_waits;
  snapshots_.count += 1;
  ports_.runner.snapshot(mode, snapshots_.folder / std::to_string(snapshots_.count));
}

void Checkpointer::task_asks() {
  task_signals_ = true;
  if (snapshots_.taking) {
    snapshots_.task_waits = true;
  } else {
    take(SnapshotMode::task_waits);
  }
}

void Checkpointer::take_if_asked_meanwhile() {
  if (std::exchange(snapshots_.task_waits, false)) take(SnapshotMode::task_waits);
}

void Checkpointer::taken(const fs::path& directory, const std::vector<fs::path>& left_out) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  snapshots_.taking = false;
  drop(snapshots_.waiting);  // The latest wins.
  snapshots_.waiting = std::move(snapshots_.copied);
  snapshots_.waiting->directory = directory;
  snapshots_.waiting->by_task = snapshots_.by_task;
  log(LogLevel::debug, "snapshot taken",
      {{"job", job_}, {"held_ms", Milliseconds(snapshots_.waiting->held).count()}});
  say_left_out(left_out);
  take_if_asked_meanwhile();
}

void Checkpointer::not_taken(const SnapshotFailed& failed, bool stopping) {
  snapshots_.taking = false;
  ports_.board.checkpoint_failures.add(1);
  log(stopping ? LogLevel::info : LogLevel::error, "snapshot failed",
      {{"job", job_}, {"error", failed.reason}});
  if (!stopping) warn("checkpoint not stored: no snapshot could be taken: " + failed.reason);
  if (failed.disk_full) make_room();
  take_if_asked_meanwhile();
}

// Once per attempt: a task that has a socket has it all the time.
void Checkpointer::say_left_out(const std::vector<fs::path>& left_out) {
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
void Checkpointer::make_room() {
  if (!snapshots_.saved) return;
  drop(snapshots_.saved);
  room_wanted_ = true;
}

void Checkpointer::drop_all() {
  drop(snapshots_.waiting);
  drop(snapshots_.saved);
}

void Checkpointer::drop(std::optional<Snapshot>& snapshot) {
  if (!snapshot) return;
  // Renamed first: what has its name is whole, or it has none.
  const fs::path gone = snapshot->directory.string() + ".gone";
  std::error_code kept;
  fs::rename(snapshot->directory, gone, kept);
  to_discard_.push_back(kept ? snapshot->directory : gone);
  snapshot.reset();
}

// --- Transfers ---

bool Checkpointer::may_transfer() const {
  return !transfer_busy_ && !to_commit_ && !given_up_;
}
bool Checkpointer::may_save() const {
  return snapshots_.waiting && may_transfer();
}
bool Checkpointer::may_retire() const {
  return !to_retire_.empty() && may_transfer();
}
bool Checkpointer::may_discard() const {
  return !to_discard_.empty() && !transfer_busy_;
}

void Checkpointer::transfer_if_due() {
  const TimePoint now = ports_.clock.now();
  if (may_discard()) return discard();
  if (may_retire() && now >= next_retire_) return retire();
  if (may_save() && now >= next_save_) return save();
}

void Checkpointer::retire() {
  transfer_busy_ = true;
  retiring_ = std::exchange(to_retire_, {});
  ports_.transfer({Retire{attempt(), retiring_, log_.newest()->checkpoints}, stop_.get_token()});
}

void Checkpointer::discard() {
  transfer_busy_ = true;
  ports_.transfer({Discard{std::exchange(to_discard_, {})}});
}

void Checkpointer::save() {
  transfer_busy_ = true;
  saving_since_ = ports_.clock.now();
  next_save_ = ports_.clock.now() + settings_.checkpoint_pause;
  snapshots_.saving = std::exchange(snapshots_.waiting, std::nullopt);
  cost_.held = snapshots_.saving->held;
  ports_.task_log.store_soon();
  ports_.transfer(
      {Save{attempt(), snapshots_.saving->directory, {log_.newest()->generation.value + 1}},
       stop_.get_token()});
}

void Checkpointer::save_at_once(Snapshot snapshot) {
  stop_ = std::stop_source();  // An earlier upload may have been given up.
  snapshots_.waiting = std::move(snapshot);
  next_save_ = ports_.clock.now();
}

std::optional<TimePoint> Checkpointer::answered(const TransferAnswer& answer) {
  check(transfer_busy_, "an answer follows a command");
  transfer_busy_ = false;
  if (const auto* saved_one = std::get_if<Saved>(&answer)) {
    saved(saved_one->checkpoint);
    if (saved_one->checkpoint.uploaded_bytes > 0) return saving_since_;
  } else if (const auto* failed = std::get_if<TransferFailed>(&answer)) {
    not_stored(*failed);
  } else if (std::holds_alternative<TransferStopped>(answer)) {
    drop(snapshots_.saving);
  } else if (std::holds_alternative<Discarded>(answer) && std::exchange(room_wanted_, false)) {
    next_checkpoint_ = ports_.clock.now();
  }
  return std::nullopt;
}

void Checkpointer::saved(const SavedCheckpoint& checkpoint) {
  drop(snapshots_.saved);  // The next is made from the one that is saved now.
  snapshots_.saved = std::exchange(snapshots_.saving, std::nullopt);
  to_commit_ = checkpoint;
  to_commit_shows_ = *snapshots_.saved;
  // The settings alone do not say how far checkpoints are apart: a program may say itself when, and
  // a slow line sets the pace. Once and not in the append, which is the same whenever it is tried.
  Progress& progress = to_commit_shows_.progress;
  progress.every_milliseconds = whole_milliseconds(to_commit_shows_.instant - committed_shows_);
  progress.stored_milliseconds = whole_milliseconds(ports_.clock.now() - to_commit_shows_.instant);
  cost_.saving = ports_.clock.now() - saving_since_;
  failing_ = false;
  save_failures_.reset();
  if (mtbf_) next_checkpoint_ = saving_since_ + interval();
}

void Checkpointer::not_stored(const TransferFailed& failed) {
  const bool saving = snapshots_.saving.has_value();
  const bool due =
      (saving ? save_failures_ : retire_failures_).due(ports_.clock.now(), failed.kind);
  log(level_of_failure(failed.kind, due),
      saving ? "checkpoint not stored, trying again" : "old checkpoint not removed",
      {{"job", job_}, {"error", failed.what}});
  const TimePoint again = ports_.clock.now() + kPauseAfterFailure;
  if (!saving) {
    const bool later = worth_waiting(failed.kind) && to_retire_.size() < kRetainedMax;
    if (later) to_retire_.insert(to_retire_.begin(), retiring_.begin(), retiring_.end());
    next_retire_ = again;
    return;
  }
  if (due) warn("checkpoint not stored: " + failed.what + "; trying again");
  // The one saved last only makes the next one cheaper, and may be what fills the disk.
  if (std::exchange(failing_, true)) drop(snapshots_.saved);
  ports_.board.checkpoint_failures.add(1);
  // The snapshot waits again, unless a newer one does already.
  if (snapshots_.waiting) {
    drop(snapshots_.saving);
  } else {
    snapshots_.waiting = std::exchange(snapshots_.saving, std::nullopt);
  }
  next_save_ = again;
}

// --- Commits ---

Checkpointer::Commit Checkpointer::commit_if_due() {
  if (!to_commit_ || ports_.clock.now() < next_commit_) return Commit::none;
  if (to_commit_->ref.manifest_digest == committed_digest_) {
    log(LogLevel::debug, "checkpoint unchanged", {{"job", job_}});
    ports_.board.durable_until.set(committed().instant);
    to_commit_.reset();
    return Commit::unchanged;
  }
  const std::vector<CheckpointRef> before = log_.newest()->checkpoints;
  try {
    const auto outcome = log_.append_as_owner(
        attempt_id_,
        [this](const std::optional<Record>& newest) {
          return checkpointed(
              *newest, to_commit_->ref, to_commit_shows_.progress, settings_.checkpoints_kept,
              {to_commit_shows_.by_task, resumed_ ? resumed_->generation : Generation{},
               to_commit_shows_.spent});
        },
        ports_.clock.now() + kAppendTry);
    if (outcome == AppendOutcome::superseded) return Commit::superseded;
  } catch (const Error& error) {
    // It may stand or not: the same append is tried again before anything else.
    next_commit_ = ports_.clock.now() + kAppendPause;
    failing_ = true;
    if (!worth_waiting(error.kind())) events_.fail(error.what());
    return Commit::none;
  }
  const std::vector<CheckpointRef>& kept = log_.newest()->checkpoints;
  for (const CheckpointRef& ref : before) {
    if (std::find(kept.begin(), kept.end(), ref) == kept.end()) to_retire_.push_back(ref);
  }
  show_committed();
  committed_shows_ = committed().instant;
  committed_digest_ = to_commit_->ref.manifest_digest;
  to_commit_.reset();
  failing_ = false;
  return Commit::committed;
}

void Checkpointer::warn(const std::string& what) const {
  ports_.tell({job_, JobNews::Phase::warned, log_.newest()->attempt.value, {}, what});
}

void Checkpointer::show_committed() {
  const Duration lag = ports_.clock.now() - committed().instant;
  log(LogLevel::info, "checkpoint committed",
      {{"job", job_},
       {"attempt", log_.newest()->attempt.value},
       {"generation", to_commit_->ref.generation.value},
       {"bytes", to_commit_->ref.size_bytes},
       {"uploaded_bytes", to_commit_->uploaded_bytes},
       {"lag_s", std::chrono::duration<double>(lag).count()}});
  WorkerBoard& board = ports_.board;
  board.durable_until.set(committed().instant);
  board.checkpoints_committed.add(1);
  board.checkpoint_uploaded_bytes.add(to_commit_->uploaded_bytes);
  board.checkpoint_bytes.set(to_commit_->ref.size_bytes);
  board.checkpoint_held.set(cost_.held);
  board.checkpoint_saving.set(cost_.saving);
}

void Checkpointer::give_up() {
  given_up_ = true;
  to_commit_.reset();
  stop_.request_stop();
}

}  // namespace holdfast
