#include "run.h"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>

#include "cleaner.h"
#include "forgetter.h"
#include "people.h"
#include "planted.h"
#include "rerunner.h"
#include "sim_worker.h"
#include "stand_ins.h"

namespace holdfast::sim {

namespace {

// Once faults stop, a job goes on within the longest pause that somebody may just have begun: half
// an hour of backoff, ten minutes (by a slow clock) until a parked job is asked for again, ten
// until a person looks at a dead letter, a minute until a broker sees that a worker is gone. Then
// all has to be done that the programs still have to do (docs/guarantees.md).
constexpr Duration kEndsWithin = 30min + 13min + 10min + 1min + 20min;
// A program that fails at one place, and is stepped back time and again, is given up after thirty
// failures, with minutes of backoff between them.
constexpr Duration kIsGivenUpWithin = 8h;
// A worker that is told to end does so: its task's grace, a last checkpoint, a result, and what it
// has to say to the index, which may be in the midst of a fold (by a slow clock).
constexpr Duration kDrainsWithin = 10min + 40s;
// A cloud replaces a worker that is gone.
constexpr Duration kReplacedWithin = 20s;
// A late request arrives, a frozen worker wakes up, and what the store did not take is sent again.
constexpr Duration kSettlesWithin = 15min;

// Their entries stand in one shard of the job index.
constexpr std::array<const char*, 3> kJobs = {"job-309", "job-403", "job-677"};

class Run {
 public:
  Run(std::uint64_t seed, bool trace, std::filesystem::path directory, Marks& marks,
      Accountant& accountant)
      : directory_(std::move(directory)),
        world_(seed, trace, marks),
        faults_(draw_faults(world_)),
        network_(world_, faults_),
        broker_(world_, faults_, network_),
        checker_(world_, faults_, network_, bucket_, broker_, programs_, directory_ / "checker",
                 accountant),
        people_(world_, bucket_, broker_, checker_),
        rerunner_(seed, person_world(), broker_),
        forgetter_(seed, person_world()),
        cleaner_(seed, person_world(), [this](const std::string& job) { cancel(job); }) {
    checker_.lives = [this](const std::string& name) {
      const SimWorker* const worker = find(name);
      return worker != nullptr && !worker->gone();
    };
    checker_.drained = [this](const std::string& name) {
      const SimWorker* const worker = find(name);
      return worker != nullptr && worker->drained();
    };
    checker_.rate_of = [this](const std::string& name) { return find(name)->clock().rate(); };
    checker_.on_asked = [this] {
      // One of seconds, between two looks of who asks, is none that anybody could notice.
      if (world_.now() + 60s > faults_.quiet_after) return;
      if (!world_.chance(faults_.outage_when_asked)) return;
      Outage outage;
      outage.store = true;
      outage.until = world_.now() + world_.between(60s, 300s);
      network_.begin(outage);
    };
  }

  void note(const std::string& line) { world_.note("        " + line); }

  // The product found itself wrong: a process ends by that. What is planted may do so, and must
  // be seen by other signs.
  void check_failed(const std::string& what) {
    world_.note("a check fails: " + what);
    if (planted == 0) world_.violate("a check of the product fails: " + what);
    const Actor* const actor = world_.current();
    if (actor == nullptr) return world_.violate("a check of the simulation fails: " + what);
    for (const auto& worker : workers_) {
      if (worker->name() == actor->name().substr(0, actor->name().find('/'))) worker->kill();
    }
  }

  Outcome to_the_end() {
    submit();
    network_.plan_outages(
        [this] { return workers_[current_[world_.random().below(current_.size())]]->name(); });
    for (std::uint64_t i = 0; i < faults_.broker_restarts; ++i) {
      world_.at(world_.now() + world_.between(0s, 300s), [this] { broker_.restart(); });
    }
    current_.resize(1 + world_.random().below(3));
    for (std::size_t slot = 0; slot < current_.size(); ++slot) start(slot);
    replace_those_gone();
    look_at_index();

    world_.run(
        [this] {
          return checker_.all_ended() && broker_.idle() && !rerunner_.busy() &&
                 !forgetter_.busy() && !cleaner_.busy();
        },
        faults_.quiet_after + kEndsWithin + (any_is_stuck() ? kIsGivenUpWithin : 0s));
    if (!world_.violation()) checker_.at_the_end();
    settle();
    if (!world_.violation()) checker_.check_forgotten();
    if (!world_.violation()) checker_.check_index();
    world_.stop();
    return {world_.violation(), world_.history()};
  }

 private:
  PersonWorld person_world() { return {world_, faults_, network_, bucket_, checker_}; }

  // Who has something to write that no job waits for gets time for it.
  void settle() {
    bool settled = false;
    const TimePoint end = std::max(world_.now(), faults_.quiet_after) + kSettlesWithin;
    world_.at(end, [&] { settled = true; });
    if (!world_.violation()) world_.run([&] { return settled; }, TimePoint::max());
  }

  void submit() {
    const std::uint64_t jobs = 1 + world_.random().below(kJobs.size());
    for (std::uint64_t i = 0; i < jobs; ++i) {
      const std::string job = kJobs.at(i);
      const Program& program = programs_[job] = draw_program(world_, faults_);
      const std::string body =
          R"({"job_id":")" + job + R"(","steps":)" + std::to_string(program.steps) + "}";
      const bool twice = world_.chance(faults_.submitted_twice);
      checker_.add_job(job, body, twice);
      broker_.put({body, job});
      if (twice) broker_.put({body, job + "-2"});
      if (program.can_succeed()) people_.redrive_when_dead(job, body);
      if (world_.chance(faults_.cancelled)) cancel(job);
      if (program.can_succeed()) rerunner_.run_again_maybe(job);
      cleaner_.clean_up_maybe(job);
      forgetter_.forget_maybe(job, [this, job] { return runs(job); });
    }
  }

  bool runs(const std::string& job) const {
    return std::any_of(workers_.begin(), workers_.end(), [&](const auto& worker) {
      return !worker->gone() && worker->runner().running() == job;
    });
  }

  void cancel(const std::string& job) {
    std::function<bool()> still_runs;
    if (faults_.calm) still_runs = [this, job] { return runs(job); };
    world_.at(world_.now() + world_.between(0s, 300s),
              [this, job, still_runs] { people_.cancel(job, still_runs); });
  }

  bool any_is_stuck() const {
    return std::any_of(programs_.begin(), programs_.end(), [](const auto& program) {
      return !program.second.can_succeed() || program.second.torn_at;
    });
  }

  const SimWorker* find(const std::string& name) const {
    for (const auto& worker : workers_) {
      if (worker->name() == name) return worker.get();
    }
    return nullptr;
  }

  void start(std::size_t slot) {
    const std::string name = "w" + std::to_string(workers_.size());
    current_[slot] = workers_.size();
    workers_.push_back(std::make_unique<SimWorker>(
        Surroundings{world_, faults_, network_, bucket_, broker_, programs_, checker_}, name,
        directory_ / name));
    if (world_.chance(faults_.vanishes)) {
      world_.at(world_.now() + world_.between(0s, 300s), [this, &worker = *workers_.back()] {
        if (!worker.gone() && network_.faulty()) worker.kill();
      });
    }
    if (world_.chance(faults_.drained)) drain_some_time(*workers_.back());
  }

  // A cloud that scales in waits for a while, or not at all.
  void drain_some_time(SimWorker& worker) {
    world_.at(world_.now() + world_.between(1s, 400s), [this, &worker] {
      if (worker.gone() || !network_.faulty()) return;
      worker.drain();
      expect_end(worker);
      if (faults_.calm || world_.chance(0.6)) return;
      world_.at(world_.now() + world_.between(1s, 300s), [&worker] { worker.kill(); });
    });
  }

  // Time for which it stood still is no time that it takes.
  void expect_end(const SimWorker& worker) {
    world_.at(world_.now() + kDrainsWithin, [this, &worker] {
      if (worker.gone()) return;
      if (worker.frozen_until() + kDrainsWithin > world_.now()) return expect_end(worker);
      world_.violate(worker.name() + " was told to end and does not");
    });
  }

  void look_at_index() {
    checker_.look_at_index();
    world_.at(world_.now() + 2min, [this] { look_at_index(); });
  }

  void replace_those_gone() {
    for (std::size_t slot = 0; slot < current_.size(); ++slot) {
      const SimWorker& worker = *workers_[current_[slot]];
      if (!worker.gone()) continue;
      checker_.worker_gone(worker.name());
      start(slot);
    }
    world_.at(world_.now() + kReplacedWithin, [this] { replace_those_gone(); });
  }

  const std::filesystem::path directory_;
  World world_;
  const Faults faults_;
  Network network_;
  Bucket bucket_;
  SimBroker broker_;
  std::map<std::string, Program> programs_;
  Checker checker_;
  People people_;
  Rerunner rerunner_;
  Forgetter forgetter_;
  Cleaner cleaner_;
  std::vector<std::unique_ptr<SimWorker>> workers_;
  std::vector<std::size_t> current_;  // By slot.
};

}  // namespace

Outcome run_world(std::uint64_t seed, bool trace, const std::filesystem::path& directory,
                  Marks& marks, Accountant& accountant) {
  std::filesystem::remove_all(directory);
  seed_thread_pools(seed);
  Run run(seed, trace, directory, marks, accountant);
  listen_to_log([&run, &marks](std::string_view event, const std::string& line) {
    marks.reach_if_listed(event);
    run.note(line);
  });
  listen_to_checks([&run](const std::string& what) { run.check_failed(what); });
  Outcome outcome = run.to_the_end();
  listen_to_log(nullptr);
  listen_to_checks(nullptr);
  return outcome;
}

}  // namespace holdfast::sim
