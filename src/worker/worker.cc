#include "worker/worker.h"

#include <optional>
#include <thread>

#include "base/random.h"
#include "base/thread.h"
#include "tasklog/log_thread.h"
#include "worker/queue_thread.h"
#include "worker/transfer.h"

namespace holdfast {

namespace {

constexpr std::size_t kAttemptIdBytes = 8;
constexpr Duration kWait = std::chrono::hours(1);

// Runs a Transfer on a thread of its own until destroyed.
class TransferThread {
  // What nothing below expects, such as no memory, is a failure of this machine.
  static TransferAnswer answer_of(Transfer& transfer, const TransferCommand& command) {
    try {
      return transfer.carry_out(command);
    } catch (const std::exception& error) {
      return TransferFailed{ErrorKind::machine, error.what()};
    }
  }

 public:
  TransferThread(const WorkerParts& parts, const Clock& clock, Inbox<Event>& session,
                 WorkerBoard& board)
      : thread_(start_thread("what is transferred", [this, &parts, &clock, &session, &board] {
          Transfer transfer(parts.store, clock, parts.inputs);
          for (;;) {  // Ends with the destructor's nullopt.
            const auto command = commands_.next(clock.now() + kWait);
            if (!command) continue;
            if (!*command) return;
            board.transfer_since.set(clock.now());
            TransferAnswer answer = answer_of(transfer, **command);
            board.transfer_since.set(TimePoint::max());
            session.post(answer_to(**command, std::move(answer)));
          }
        })) {}

  ~TransferThread() {
    commands_.post(std::nullopt);
    thread_.join();
  }

  void post(TransferCommand command) { commands_.post(std::move(command)); }

 private:
  Mailbox<std::optional<TransferCommand>> commands_;
  std::thread thread_;
};

}  // namespace

Worker::Worker(Clock& clock, WorkerParts parts, WorkerSettings settings)
    : clock_(clock), parts_(std::move(parts)), settings_(std::move(settings)) {}

SessionSummary Worker::run() {
  try {
    return work();
  } catch (const std::exception& error) {
    SessionSummary summary;
    summary.failure = error.what();
    return summary;
  }
}

SessionSummary Worker::work() {
  Random random = Random::from_system();
  TransferThread transfer(parts_, clock_, inbox_, board_);
  QueueThread queue(std::move(parts_.consumer), clock_, inbox_, board_, settings_.until_empty);
  LogThread task_log(parts_.store, clock_, settings_.task_log,
                     [this] { inbox_.post(TaskLogStored{}); });
  const auto runner =
      parts_.make_runner({[this](TaskEvent event) { inbox_.post(std::move(event)); },
                          [&](std::string_view bytes) { task_log.keeper().append(bytes); }});
  const WorkerPorts ports{
      clock_,
      parts_.store,
      queue,
      *parts_.publisher,
      *runner,
      [&transfer](TransferCommand command) { transfer.post(std::move(command)); },
      task_log.keeper(),
      inbox_,
      [&random] { return random.hex(kAttemptIdBytes); },
      parts_.tell,
      board_,
      parts_.ended};
  return Session(ports, settings_).run();
}

void Worker::checkpoint() {
  inbox_.post(CheckpointRequested{});
}

void Worker::drain() {
  inbox_.post(DrainRequested{});
}

}  // namespace holdfast
