// One simulated worker process: the product's Session, Transfer, LogKeeper and IndexNotes, each an
// actor, over simulated doors. Lives until it is killed or drained.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "adapters/retry/retrying_store.h"
#include "base/mailbox.h"
#include "index/index_notes.h"
#include "sim_broker.h"
#include "sim_runner.h"
#include "sim_store.h"
#include "worker/session.h"
#include "worker/transfer.h"
#include "world.h"

namespace holdfast::sim {

// An inbox whose owner is an actor.
template <typename T>
class SimInbox final : public Inbox<T> {
 public:
  void own(Actor& actor, std::function<TimePoint(TimePoint)> to_world) {
    actor_ = &actor;
    to_world_ = std::move(to_world);
  }
  void post(T value) override { values_.push_back(std::move(value)); }
  std::optional<T> next(TimePoint deadline) override {
    if (values_.empty()) {
      actor_->wait(to_world_(deadline), [this] { return !values_.empty(); });
    }
    if (values_.empty()) return std::nullopt;
    T value = std::move(values_.front());
    values_.pop_front();
    return value;
  }

 private:
  Actor* actor_ = nullptr;
  std::function<TimePoint(TimePoint)> to_world_;
  std::deque<T> values_;
};

// A clock that started at another time than everybody else's and runs fast or slow.
class SimClock final : public Clock {
 public:
  // Its wall clock is right, or `wrong` by as much.
  SimClock(World& world, Duration offset, double rate, bool wrong)
      : world_(world), start_(world.now()), offset_(offset), rate_(rate), wrong_(wrong) {}

  TimePoint now() const override { return start_ + offset_ + scaled(world_.now() - start_, rate_); }
  WallTime wall() const override {
    const TimePoint shown = wrong_ ? now() : world_.now();
    return WallTime(std::chrono::duration_cast<WallTime::duration>(shown.time_since_epoch()));
  }
  void wait_until(TimePoint) override {}
  // Rounded up: who waits until a time of its own clock must find it reached.
  TimePoint to_world(TimePoint mine) const {
    return start_ + scaled(mine - start_ - offset_, 1 / rate_) + 1us;
  }
  double rate() const { return rate_; }
  Duration measured(Duration length) const { return scaled(length, rate_); }

 private:
  static Duration scaled(Duration duration, double by) {
    return Duration(static_cast<Duration::rep>(static_cast<double>(duration.count()) * by));
  }

  World& world_;
  const TimePoint start_;
  const Duration offset_;
  const double rate_;
  const bool wrong_;
};

// As an actor sees it that may wait for a time to come.
class WaitingClock final : public Clock {
 public:
  WaitingClock(const SimClock& clock, Actor& actor) : clock_(clock), actor_(actor) {}

  TimePoint now() const override { return clock_.now(); }
  WallTime wall() const override { return clock_.wall(); }
  void wait_until(TimePoint time) override { actor_.wait(clock_.to_world(time), nullptr); }

 private:
  const SimClock& clock_;
  Actor& actor_;
};

// What a worker works in.
struct Surroundings {
  World& world;
  const Faults& faults;
  Network& network;
  Bucket& bucket;
  SimBroker& broker;
  const std::map<std::string, Program>& programs;
  TaskWatcher& watcher;
};

class SimWorker final : public QueueLink {
 public:
  SimWorker(const Surroundings& around, const std::string& name,
            const std::filesystem::path& directory);
  ~SimWorker() override;

  const std::string& name() const { return name_; }
  // Ends the process between two instructions.
  void kill();
  // SIGTERM.
  void drain();
  bool drained() const { return drained_; }
  TimePoint frozen_until() const { return frozen_until_; }
  const SimRunner& runner() const { return runner_; }
  const SimClock& clock() const { return clock_; }
  bool gone() const { return session_actor_->finished() || session_actor_->killed(); }

  void want_one() override;
  void want_none() override;
  void settle(DeliveryTag tag, Settlement settlement) override;

 private:
  // A way to the store for one of its threads.
  class Line;

  WorkerSettings settings() const;
  void run_session(Actor& actor);
  void run_transfer(Actor& actor);
  void run_log();
  void run_index();
  void something_goes_wrong();
  void end(bool takes_leave);

  World& world_;
  const Faults& faults_;
  Network& network_;
  Bucket& bucket_;
  SimBroker& broker_;
  const std::string name_;
  const std::filesystem::path directory_;

  SimClock clock_;
  SimInbox<Event> inbox_;
  SimInbox<TransferCommand> commands_;
  WorkerBoard board_;
  SimRunner runner_;
  SimBroker::Connection* connection_;
  Actor* session_actor_;
  Actor* transfer_actor_;
  Actor* log_actor_;
  Actor* index_actor_;
  struct Wake {};
  SimInbox<Wake> log_wakes_;
  std::unique_ptr<Line> log_line_;
  std::unique_ptr<LogKeeper> task_log_;
  SimInbox<std::optional<TimePoint>> index_wakes_;  // A time: the end comes then.
  std::unique_ptr<Line> index_line_;
  std::unique_ptr<IndexNotes> index_;
  bool drained_ = false;
  TimePoint frozen_until_{};
};

}  // namespace holdfast::sim
