#include "worker/queue_thread.h"

#include <algorithm>

#include "base/log.h"
#include "base/thread.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

// The consumer keeps its heartbeats while it waits; commands wake it.
constexpr Duration kWait = std::chrono::seconds(5);
// How long a queue must have been silent before it is asked whether it is empty.
constexpr Duration kEmptyAfter = std::chrono::milliseconds(300);
// And again, if the session has still something to wait for.
constexpr Duration kEmptyAgain = std::chrono::seconds(2);

}  // namespace

QueueThread::QueueThread(std::unique_ptr<Consumer> consumer, const Clock& clock,
                         Inbox<Event>& session, WorkerBoard& board, bool watch_for_empty)
    : consumer_(std::move(consumer)),
      clock_(clock),
      session_(session),
      board_(board),
      watch_for_empty_(watch_for_empty),
      thread_(start_thread("the queue", [this] { run(); })) {}

QueueThread::~QueueThread() {
  commands_.post(Stop{});
  consumer_->wake();
  thread_.join();
}

void QueueThread::want_one() {
  commands_.post(Want{true});
  consumer_->wake();
}

void QueueThread::want_none() {
  commands_.post(Want{false});
  consumer_->wake();
}

void QueueThread::settle(DeliveryTag tag, Settlement settlement) {
  commands_.post(Settle{tag, settlement});
  consumer_->wake();
}

void QueueThread::run() {
  try {
    while (carry_out_commands()) {
      const bool check_empty = watch_for_empty_ && wanted_ && connected_;
      const TimePoint soon = clock_.now() + kWait;
      board_.queue_due.set(soon);
      handle(consumer_->next(check_empty ? std::min(next_empty_check_, soon) : soon));
      say_if_empty();
    }
  } catch (const Error& error) {
    board_.queue_due.set(TimePoint::max());
    board_.connected.set(false);
    session_.post(QueueFailed{error.what()});
    // What is asked for now has no queue to go to; messages come again when there is one.
    for (bool stop = false; !stop;) {
      const auto command = commands_.next(clock_.now() + kWait);
      stop = command && std::holds_alternative<Stop>(*command);
    }
  }
}

// False once the thread has to end.
bool QueueThread::carry_out_commands() {
  while (auto command = commands_.take()) {
    if (std::holds_alternative<Stop>(*command)) return false;
    if (const auto* settle = std::get_if<Settle>(&*command)) {
      held_.erase(settle->tag);
      consumer_->settle(settle->tag, settle->settlement);
    } else {
      next_empty_check_ = clock_.now() + kEmptyAfter;
      want(std::get<Want>(*command).one);
    }
  }
  return true;
}

void QueueThread::want(bool one) {
  wanted_ = one;
  consumer_->want(one ? held_.size() + 1 : 0);
}

void QueueThread::handle(const ConsumerEvent& event) {
  if (const auto* delivery = std::get_if<Delivery>(&event)) {
    // One at a time: also after a reconnect none comes that was not asked for.
    held_.insert(delivery->tag);
    want(false);
    session_.post(*delivery);
  } else if (const auto* lost = std::get_if<ConnectionLost>(&event)) {
    connected_ = false;
    board_.connected.set(false);
    board_.broker_denies.set(lost->denied);
    held_.clear();
    want(wanted_);
    session_.post(*lost);
  } else if (std::holds_alternative<ConnectionMade>(event)) {
    connected_ = true;
    board_.connected.set(true);
    board_.broker_denies.set(false);
    next_empty_check_ = clock_.now() + kEmptyAfter;
    session_.post(ConnectionMade{});
  }
}

void QueueThread::say_if_empty() {
  if (!watch_for_empty_ || !wanted_ || !connected_ || clock_.now() < next_empty_check_) return;
  next_empty_check_ = clock_.now() + kEmptyAfter;
  try {
    if (!consumer_->empty()) return;
    session_.post(QueueEmpty{});
    next_empty_check_ = clock_.now() + kEmptyAgain;
  } catch (const Error& error) {
    if (!worth_waiting(error.kind())) throw;
    log(LogLevel::debug, "queue not asked whether it is empty", {{"error", error.what()}});
  }
}

}  // namespace holdfast
