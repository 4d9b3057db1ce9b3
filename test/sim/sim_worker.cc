#include "sim_worker.h"

#include <optional>

#include "holdfast/error.h"
#include "index/index_thread.h"
#include "index/indexed_store.h"
#include "sim_publisher.h"

namespace holdfast::sim {

class SimWorker::Line {
 public:
  Line(SimWorker& worker, Actor& actor, bool awaited = true)
      : clock_(worker.clock_, actor),
        store_(
            actor, worker.name_, worker.bucket_, worker.network_, worker.faults_,
            [&worker](TimePoint mine) { return worker.clock_.to_world(mine); }, awaited) {
    if (worker.faults_.repeats_calls) {
      repeating_.emplace(store_, clock_, Random(worker.world_.random().below(1'000'000)));
    }
  }

  Store& store() { return repeating_ ? static_cast<Store&>(*repeating_) : store_; }

 private:
  WaitingClock clock_;
  SimStore store_;
  std::optional<RetryingStore> repeating_;
};

SimWorker::SimWorker(const Surroundings& around, const std::string& name,
                     const std::filesystem::path& directory)
    : world_(around.world),
      faults_(around.faults),
      network_(around.network),
      bucket_(around.bucket),
      broker_(around.broker),
      name_(name),
      directory_(directory),
      clock_(world_, world_.between(0s, 3600s), 0.8 + 0.4 * world_.random().fraction(),
             faults_.wrong_clocks),
      runner_(world_, faults_, network_, around.programs, name, inbox_, around.watcher) {
  const auto wrong = [this] { something_goes_wrong(); };
  session_actor_ = &world_.spawn(
      name, [this](Actor& actor) { run_session(actor); }, wrong);
  transfer_actor_ = &world_.spawn(
      name + "/transfer", [this](Actor& actor) { run_transfer(actor); }, wrong);
  log_actor_ = &world_.spawn(
      name + "/log", [this](Actor&) { run_log(); }, wrong);
  index_actor_ = &world_.spawn(
      name + "/index", [this](Actor&) { run_index(); }, wrong);
  index_line_ = std::make_unique<Line>(*this, *index_actor_, /*awaited=*/false);
  index_ = std::make_unique<IndexNotes>(clock_,
                                        JobIndex(index_line_->store(), clock_, FleetLayout(kQueue)),
                                        faults_.folds_often ? FoldingHabit{1, 1} : FoldingHabit{});
  log_line_ = std::make_unique<Line>(*this, *log_actor_);
  task_log_ = std::make_unique<LogKeeper>(
      log_line_->store(), clock_, TaskLogSettings{}, [this] { log_wakes_.post({}); },
      [this] { inbox_.post(TaskLogStored{}); });
  runner_.measured = [this](Duration length) { return clock_.measured(length); };
  runner_.print = [this](std::string_view text) { task_log_->append(text); };
  const auto to_world = [this](TimePoint mine) { return clock_.to_world(mine); };
  log_wakes_.own(*log_actor_, to_world);
  index_wakes_.own(*index_actor_, to_world);
  inbox_.own(*session_actor_, to_world);
  commands_.own(*transfer_actor_, to_world);
  connection_ = &broker_.connect(name, inbox_);
  runner_.kill_machine = [this] {
    network_.trouble(name_);
    kill();
  };
}

SimWorker::~SimWorker() = default;

// As in production, but for what would only make a world longer.
WorkerSettings SimWorker::settings() const {
  WorkerSettings settings;
  settings.worker = name_;
  settings.command = {"task", "{steps}"};
  settings.work_directory = directory_;
  settings.checkpoint_every = kCheckpointEvery;
  settings.stall_after = faults_.stall_after;
  settings.time_limit = faults_.time_limit;
  settings.delivery_limit = faults_.delivery_limit;
  settings.parked_max = faults_.parked_max;
  return settings;
}

void SimWorker::run_session(Actor& actor) {
  Line line(*this, actor);
  IndexedStore store(line.store(), [this](const JobId& job, const Record& record) {
    if (index_->tell(job, record)) index_wakes_.post(std::nullopt);
  });
  SimPublisher publisher(actor, name_, broker_, network_, faults_,
                         [this](TimePoint mine) { return clock_.to_world(mine); });
  // A worker that is told to end just then must not acknowledge what is not confirmed.
  publisher.on_sent = [this] {
    if (!network_.faulty() || !world_.chance(faults_.drained / 3)) return;
    world_.at(world_.now() + world_.between(0s, 2s), [this] {
      if (!gone()) drain();
    });
  };
  const WorkerSettings settings = this->settings();
  std::uint64_t attempts = 0;
  const WorkerPorts ports{clock_,
                          store,
                          *this,
                          publisher,
                          runner_,
                          [this](TransferCommand command) { commands_.post(std::move(command)); },
                          *task_log_,
                          inbox_,
                          [&] { return name_ + "." + std::to_string(++attempts); },
                          [](const JobNews&) {},
                          board_};
  const SessionSummary summary = Session(ports, settings).run();
  if (!summary.failure.empty()) world_.note(name_ + " gives up: " + summary.failure);
  if (!summary.unfit.empty()) world_.note(name_ + " is unfit: " + summary.unfit);
  index_wakes_.post(clock_.now() + IndexThread::kLastWordsMax);
  actor.wait(TimePoint::max(), [this] { return index_actor_->finished(); });
  end(true);
}

void SimWorker::run_transfer(Actor& actor) {
  Line line(*this, actor);
  PageLimits pages;
  if (faults_.small_pages) pages = {2, 3, 4096, 2};
  Transfer transfer(line.store(), clock_, nullptr, pages);
  for (;;) {  // Ends when the process is killed.
    const auto command = commands_.next(clock_.now() + std::chrono::hours(1));
    if (command) inbox_.post(answer_to(*command, transfer.carry_out(*command)));
  }
}

void SimWorker::run_log() {
  for (;;) {  // Ends when the process is killed.
    const TimePoint longest = clock_.now() + std::chrono::hours(1);
    static_cast<void>(log_wakes_.next(std::min(task_log_->due(), longest)));
    task_log_->store_due();
  }
}

// As IndexThread does it.
void SimWorker::run_index() {
  for (;;) {
    const TimePoint longest = clock_.now() + std::chrono::hours(1);
    const auto word = index_wakes_.next(std::min(index_->due(), longest));
    if (word && *word) index_->hurry();
    index_->write_all(word && *word ? **word : TimePoint::max());
    if (word && *word) return;
  }
}

void SimWorker::something_goes_wrong() {
  if (gone() || !network_.faulty()) return;
  if (world_.chance(faults_.kill_at_call)) {
    network_.trouble(name_);
    return kill();
  }
  if (world_.chance(faults_.freeze_at_call)) {
    const TimePoint until = world_.now() + world_.between(1s, 300s);
    world_.note(name_ + " freezes");
    world_.mark("worker freezes");
    frozen_until_ = until;
    network_.trouble(name_, until);
    world_.freeze(*session_actor_, until);
    world_.freeze(*transfer_actor_, until);
    world_.freeze(*log_actor_, until);
    world_.freeze(*index_actor_, until);
    runner_.freeze(until);
    // A frozen process answers no heartbeat.
    world_.at(world_.now() + std::chrono::seconds(40), [this, until] {
      if (!gone() && until > world_.now()) broker_.lose(*connection_);
    });
  }
  if (world_.chance(faults_.connection_lost)) broker_.lose(*connection_);
}

void SimWorker::kill() {
  if (gone()) return;
  world_.mark("worker killed");
  end(false);
}

void SimWorker::end(bool takes_leave) {
  world_.note(name_ + " is gone");
  world_.kill(*session_actor_);
  world_.kill(*transfer_actor_);
  world_.kill(*log_actor_);
  world_.kill(*index_actor_);
  runner_.vanish();
  broker_.vanish(*connection_, takes_leave);
}

void SimWorker::drain() {
  world_.note(name_ + " is told to end");
  world_.mark(runner_.running().empty() ? "drained while no task runs"
                                        : "drained while a task runs");
  drained_ = true;
  inbox_.post(DrainRequested{});
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
