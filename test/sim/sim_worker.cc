#include "sim_worker.h"

#include "holdfast/error.h"

namespace holdfast::sim {

class SimWorker::SimPublisher final : public Publisher {
 public:
  SimPublisher(Actor& actor, SimBroker& broker, const Faults& faults)
      : actor_(actor), broker_(broker), faults_(faults) {}

  std::uint64_t send(Message message, TimePoint) override {
    go("publish");
    SimBroker::Queued queued{message.body, message.message_id};
    switch (message.destination) {
      case Destination::queue:
        broker_.put(queued);
        break;
      case Destination::retry:
        broker_.put_after(message.delay, queued);
        break;
      case Destination::dead:
        broker_.put_aside(queued);
        break;
    }
    go("publish");
    return 0;
  }
  std::vector<std::uint64_t> take_confirmed(TimePoint) override { return {0}; }
  std::size_t unconfirmed() const override { return 0; }

 private:
  void go(const std::string& what) {
    World& world = actor_.world();
    actor_.wait(world.now() + world.between(1ms, 50ms), nullptr);
    const bool faulty = world.now().time_since_epoch() < faults_.quiet_after;
    if (faulty && world.chance(faults_.publish_fails)) {
      throw Error(ErrorKind::unavailable, "simulated: " + what);
    }
  }

  Actor& actor_;
  SimBroker& broker_;
  const Faults& faults_;
};

SimWorker::SimWorker(World& world, const Faults& faults, Bucket& bucket, SimBroker& broker,
                     const std::string& name, const std::filesystem::path& directory,
                     SimRunner::Watch watch)
    : world_(world),
      faults_(faults),
      bucket_(bucket),
      broker_(broker),
      name_(name),
      directory_(directory),
      clock_(world, world.between(0s, 3600s), 0.8 + 0.4 * world.random().fraction()),
      runner_(world, faults, name, inbox_, std::move(watch)) {
  const auto wrong = [this] { something_goes_wrong(); };
  session_actor_ = &world.spawn(
      name, [this](Actor& actor) { run_session(actor); }, wrong);
  transfer_actor_ = &world.spawn(
      name + "/transfer", [this](Actor& actor) { run_transfer(actor); }, wrong);
  const auto to_world = [this](TimePoint mine) { return clock_.to_world(mine); };
  inbox_.own(*session_actor_, to_world);
  commands_.own(*transfer_actor_, to_world);
  connection_ = &broker.connect(name, inbox_);
}

void SimWorker::run_session(Actor& actor) {
  SimStore store(actor, bucket_, faults_);
  SimPublisher publisher(actor, broker_, faults_);
  WorkerSettings settings;
  settings.worker = name_;
  settings.command = {"task", "{steps}"};
  settings.work_directory = directory_;
  settings.checkpoint_every = std::chrono::seconds(30);
  settings.retry.failures_max = 1'000'000;  // Limits are not what is looked at here.
  settings.retry.attempts_max = 1'000'000;
  settings.delivery_limit = faults_.delivery_limit;
  settings.pocket_max = 2;
  std::uint64_t attempts = 0;
  const WorkerPorts ports{clock_,
                          store,
                          *this,
                          publisher,
                          runner_,
                          [this](TransferCommand command) { commands_.post(std::move(command)); },
                          inbox_,
                          [&] { return name_ + "." + std::to_string(++attempts); },
                          [](const JobNews&) {},
                          board_};
  const SessionSummary summary = Session(ports, settings).run();
  if (!summary.failure.empty()) world_.note(name_ + " gives up: " + summary.failure);
  kill();
}

void SimWorker::run_transfer(Actor& actor) {
  SimStore store(actor, bucket_, faults_);
  Transfer transfer(store, clock_);
  for (;;) {  // Ends when the process is killed.
    const auto command = commands_.next(clock_.now() + std::chrono::hours(1));
    if (command) inbox_.post(answer_to(*command, transfer.carry_out(*command)));
  }
}

void SimWorker::something_goes_wrong() {
  if (gone() || world_.now().time_since_epoch() >= faults_.quiet_after) return;
  if (world_.chance(faults_.kill_at_call)) return kill();
  if (world_.chance(faults_.freeze_at_call)) {
    const TimePoint until = world_.now() + world_.between(1s, 300s);
    world_.note(name_ + " freezes");
    world_.freeze(*session_actor_, until);
    world_.freeze(*transfer_actor_, until);
    runner_.freeze(until);
    // A frozen process answers no heartbeat.
    world_.at(world_.now() + std::chrono::seconds(40), [this, until] {
      if (!gone() && until > world_.now()) broker_.lose(*connection_);
    });
  }
  if (world_.chance(faults_.connection_lost)) broker_.lose(*connection_);
}

void SimWorker::kill() {
  world_.note(name_ + " is gone");
  world_.kill(*session_actor_);
  world_.kill(*transfer_actor_);
  runner_.vanish();
  broker_.vanish(*connection_);
}

void SimWorker::want_one() {
  broker_.want(*connection_, true);
}

void SimWorker::want_none() {
  broker_.want(*connection_, false);
}

void SimWorker::settle(DeliveryTag tag, Settlement settlement) {
  broker_.settle(*connection_, tag, settlement);
}

}  // namespace holdfast::sim
