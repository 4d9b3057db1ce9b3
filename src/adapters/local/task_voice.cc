#include "adapters/local/task_voice.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "core/control.h"

namespace holdfast {

namespace {

// So that a task that chatters cannot keep the worker from its other descriptors.
constexpr int kMessagesPerRoundMax = 256;
// The kernel's own queue of a socket is far shorter.
constexpr int kMessagesAtEndMax = 16 * 1024;
constexpr std::size_t kIgnoredLoggedMax = 10;

}  // namespace

TaskVoice::TaskVoice(ControlSocket& socket, const Clock& clock, std::function<void(TaskEvent)> post)
    : socket_(socket), clock_(clock), post_(std::move(post)) {}

void TaskVoice::listen() {
  for (int i = 0; i < kMessagesPerRoundMax; ++i) {
    const std::optional<Datagram> datagram = socket_.receive();
    if (!datagram) break;
    hear(*datagram);
  }
  tell_if_due();
}

void TaskVoice::hear(const Datagram& datagram) {
  TaskMessage message = parse_task_message(datagram.text);
  note_ignored(message.ignored);
  if (message.progress || message.status || message.step || message.stall_after ||
      message.finished) {
    if (!unsaid_) unsaid_.emplace();
    if (message.progress) unsaid_->progress = message.progress;
    if (message.status) unsaid_->status = std::move(message.status);
    if (message.step) unsaid_->step = message.step;
    if (message.stall_after) unsaid_->stall_after = message.stall_after;
    if (message.finished) unsaid_->finished = true;
  }
  if (!message.checkpoint) return;
  if (datagram.sender && waiting_.size() == kWaitersMax) {
    socket_.answer(*datagram.sender, "ERROR too many programs wait for a checkpoint\n");
    return;
  }
  if (datagram.sender) waiting_.push_back({*datagram.sender, clock_.now()});
  checkpoint_asked_ = true;
  announce_checkpoint();
}

void TaskVoice::note_ignored(const std::vector<std::string>& ignored) {
  for (const std::string& sentence : ignored) {
    if (++ignored_count_ > kIgnoredLoggedMax) return;
    log(LogLevel::warn, "task message ignored", {{"reason", sentence}});
  }
}

// One snapshot at a time: what is asked while one runs is announced when it is done.
void TaskVoice::announce_checkpoint() {
  if (!checkpoint_asked_ || checkpoint_announced_ || snapshot_runs_) return;
  checkpoint_announced_ = true;
  post_(TaskCheckpoint{});
}

std::optional<TimePoint> TaskVoice::next_due() const {
  if (!unsaid_) return std::nullopt;
  return next_said_;
}

void TaskVoice::tell_if_due() {
  if (unsaid_ && clock_.now() >= next_said_) tell();
}

void TaskVoice::tell() {
  next_said_ = clock_.now() + kSaidInterval;
  post_(*std::exchange(unsaid_, std::nullopt));
}

void TaskVoice::finish() {
  checkpoint_announced_ = true;  // Nobody is left to wait for it.
  for (int i = 0; i < kMessagesAtEndMax; ++i) {
    const std::optional<Datagram> datagram = socket_.receive();
    if (!datagram) break;
    hear(*datagram);
  }
  if (unsaid_) tell();
}

std::optional<TimePoint> TaskVoice::begin_snapshot() {
  snapshot_runs_ = true;
  checkpoint_asked_ = false;
  checkpoint_announced_ = false;
  served_ = std::exchange(waiting_, {});
  if (served_.empty()) return std::nullopt;
  return served_.front().since;
}

void TaskVoice::end_snapshot(std::string_view failure) {
  const std::string answer = failure.empty() ? "OK\n" : "ERROR " + std::string(failure) + "\n";
  for (const Waiter& waiter : served_) socket_.answer(waiter.sender, answer);
  served_.clear();
  snapshot_runs_ = false;
  announce_checkpoint();
}

}  // namespace holdfast
