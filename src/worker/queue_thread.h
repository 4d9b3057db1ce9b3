// The thread that owns the Consumer, so that the broker's heartbeats never wait for a job.
#pragma once

#include <memory>
#include <set>
#include <thread>
#include <variant>

#include "base/mailbox.h"
#include "ports/clock.h"
#include "ports/queue.h"
#include "worker/context.h"
#include "worker/worker_board.h"

namespace holdfast {

class QueueThread final : public QueueLink {
 public:
  // Starts the thread; events go to `session`. With `watch_for_empty` it also says QueueEmpty while
  // a delivery is wanted and none is left. Borrows clock, inbox and board.
  QueueThread(std::unique_ptr<Consumer> consumer, const Clock& clock, Inbox<Event>& session,
              WorkerBoard& board, bool watch_for_empty);

  // Carries out what was asked for, then ends the thread and the connection.
  ~QueueThread() override;

  // Any thread.
  void want_one() override;
  void want_none() override;
  void settle(DeliveryTag tag, Settlement settlement) override;

 private:
  struct Want {
    bool one;
  };
  struct Settle {
    DeliveryTag tag;
    Settlement settlement;
  };
  struct Stop {};
  using Command = std::variant<Want, Settle, Stop>;

  void run();
  bool carry_out_commands();
  void handle(const ConsumerEvent& event);
  void want(bool one);
  void say_if_empty();

  std::unique_ptr<Consumer> consumer_;
  const Clock& clock_;
  Inbox<Event>& session_;
  WorkerBoard& board_;
  const bool watch_for_empty_;
  Mailbox<Command> commands_;

  // The thread's own.
  bool wanted_ = false;
  std::set<DeliveryTag> held_;
  bool connected_ = false;
  TimePoint next_empty_check_;

  std::thread thread_;
};

}  // namespace holdfast
