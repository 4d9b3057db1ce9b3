// holdfast_sim: runs worlds, one per seed. A failing seed prints its history and the words that
// run it again.
#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "checker.h"
#include "core/store_layout.h"
#include "core/transition.h"
#include "sim_worker.h"

namespace holdfast::sim {
namespace {

// How bad a run is, drawn from its seed: from calm to everything at once.
Faults draw_faults(World& world) {
  Faults faults;
  faults.calm = world.chance(0.3);
  const auto some = [&](double most) {
    return !faults.calm && world.chance(0.5) ? most * world.random().fraction() : 0.0;
  };
  faults.store_fails = some(0.1);
  faults.store_loses_answer = some(0.1);
  faults.store_slow = some(0.02);
  faults.publish_fails = some(0.2);
  faults.kill_at_call = some(0.02);
  faults.freeze_at_call = some(0.01);
  faults.connection_lost = some(0.02);
  faults.task_fails = some(0.05);
  faults.submitted_twice = world.chance(0.5) ? 0.5 : 0.0;
  faults.cancelled = world.chance(0.3) ? 0.5 : 0.0;
  faults.doomed = world.chance(0.2) ? 0.1 : 0.0;
  if (world.chance(0.2)) faults.delivery_limit = 3;
  if (world.chance(0.5)) faults.broker_restarts = 1 + world.random().below(3);
  faults.quiet_after = world.now().time_since_epoch() + world.between(600s, 3600s);
  return faults;
}

// What people do to a job, whatever it does just then.
class People {
 public:
  People(World& world, Bucket& bucket, SimBroker& broker, const Checker& checker)
      : world_(world), bucket_(bucket), broker_(broker), checker_(checker) {}

  // `still_runs` tells whether a task of the job does.
  void cancel(const std::string& job, std::function<bool()> still_runs) {
    const Record* newest = checker_.newest(job);
    if (newest != nullptr && is_end(newest->state)) return;
    append(job, cancelled(newest ? std::optional(*newest) : std::nullopt, "anna", "now"));
    if (!still_runs) return;
    world_.at(world_.now() + 30s, [this, job, still_runs] {
      if (still_runs()) world_.violate("the task of " + job + " outlives its cancellation by 30 s");
    });
  }

  // Looks now and then for a dead letter; as `holdfast dead requeue` does it, in its order.
  void redrive_when_dead(const std::string& job, const std::string& body) {
    world_.at(world_.now() + world_.between(60s, 600s), [this, job, body] {
      const Record* newest = checker_.newest(job);
      const bool dead = newest != nullptr && newest->state == JobState::dead;
      if (dead && broker_.take_dead(body)) {
        append(job, redriven(*newest, "anna", "now"));
        broker_.put({body, job + "-redriven-" + std::to_string(++redriven_)});
      }
      redrive_when_dead(job, body);
    });
  }

 private:
  void append(const std::string& job, Record record) {
    record.number += 1;
    record.when = "now";
    bucket_.write(StoreLayout(*JobId::parse(job)).record(record.number), to_json(record));
  }

  World& world_;
  Bucket& bucket_;
  SimBroker& broker_;
  const Checker& checker_;
  std::uint64_t redriven_ = 0;
};

std::optional<std::string> run_seed(std::uint64_t seed, bool trace,
                                    const std::filesystem::path& directory,
                                    std::vector<std::string>& history) {
  World world(seed, trace);
  const Faults faults = draw_faults(world);
  Bucket bucket;
  SimBroker broker(world, faults);
  Checker checker(world, faults, bucket, broker);
  People people(world, bucket, broker, checker);
  std::vector<std::unique_ptr<SimWorker>> workers;

  const std::uint64_t jobs = 1 + world.random().below(3);
  for (std::uint64_t i = 0; i < jobs; ++i) {
    const std::string job = "job-" + std::to_string(i);
    const std::uint64_t steps = 1 + world.random().below(8);
    checker.add_job(job, steps);
    const std::string body = R"({"job_id":")" + job + R"(","steps":)" + std::to_string(steps) + "}";
    broker.put({body, job});
    if (world.chance(faults.submitted_twice)) broker.put({body, job + "-2"});
    people.redrive_when_dead(job, body);
    if (!world.chance(faults.cancelled)) continue;
    std::function<bool()> still_runs;
    if (faults.calm) {
      still_runs = [&workers, job] {
        return std::any_of(workers.begin(), workers.end(), [&](const auto& worker) {
          return !worker->gone() && worker->runner().running() == job;
        });
      };
    }
    world.at(world.now() + world.between(0s, 300s),
             [&people, job, still_runs] { people.cancel(job, still_runs); });
  }
  for (std::uint64_t i = 0; i < faults.broker_restarts; ++i) {
    world.at(world.now() + world.between(0s, 300s), [&broker] { broker.restart(); });
  }

  // A worker that is gone is followed by another, as a cloud does it.
  const std::uint64_t slots = 1 + world.random().below(3);
  std::vector<std::size_t> current(slots);
  const auto start = [&](std::uint64_t slot) {
    const std::string name = "w" + std::to_string(workers.size());
    current[slot] = workers.size();
    workers.push_back(std::make_unique<SimWorker>(
        world, faults, bucket, broker, name, directory / name,
        SimRunner::Watch{
            [&checker](const std::string& job, std::uint64_t attempt, std::uint64_t step) {
              checker.task_started(job, attempt, step);
            },
            [&checker, name](const std::string& job) {
              checker.killed_as_superseded(name, job);
            }}));
  };
  std::function<void()> replace = [&] {
    for (std::uint64_t slot = 0; slot < slots; ++slot) {
      if (workers[current[slot]]->gone()) start(slot);
    }
    world.at(world.now() + 20s, replace);
  };
  for (std::uint64_t slot = 0; slot < slots; ++slot) start(slot);
  world.at(world.now() + 20s, replace);

  constexpr auto kEnd = std::chrono::hours(200);
  world.run([&] { return checker.all_ended() && broker.idle(); }, world.now() + kEnd);
  if (!world.violation()) checker.at_the_end();
  world.stop();
  history = world.history();
  return world.violation();
}

// A check of the product that fails ends the process: that, too, is a promise seen broken. What
// runs here may call only what a signal handler may.
std::uint64_t current_seed = 0;
bool violation_expected = false;

void on_abort(int) {
  char text[32];
  std::size_t at = sizeof text;
  for (std::uint64_t rest = current_seed; rest > 0; rest /= 10) {
    text[--at] = static_cast<char>('0' + rest % 10);
  }
  constexpr std::string_view kWords = "a check failed; again: ./dev sim --seeds 1 --trace --seed ";
  static_cast<void>(!::write(1, kWords.data(), kWords.size()));
  static_cast<void>(!::write(1, text + at, sizeof text - at));
  static_cast<void>(!::write(1, "\n", 1));
  ::_exit(violation_expected ? 0 : 1);
}

}  // namespace
}  // namespace holdfast::sim

int main(int argc, char** argv) {
  constexpr const char* kUsage =
      "Runs the worker's own code over simulated worlds and holds the guarantees.\n"
      "  --seeds N           how many seeds to run (default 300)\n"
      "  --seed N            the first seed (default 1)\n"
      "  --expect-violation  succeed only if a promise is broken (a planted fault)\n"
      "  --trace             print the history as it happens\n";
  std::uint64_t seeds = 300;
  std::uint64_t first = 1;
  bool expect_violation = false;
  bool trace = false;
  const option options[] = {{"seeds", required_argument, nullptr, 'n'},
                            {"seed", required_argument, nullptr, 's'},
                            {"expect-violation", no_argument, nullptr, 'v'},
                            {"trace", no_argument, nullptr, 't'},
                            {"help", no_argument, nullptr, 'h'},
                            {nullptr, 0, nullptr, 0}};
  for (int c = 0; (c = ::getopt_long(argc, argv, "h", options, nullptr)) != -1;) {
    switch (c) {
      case 'n':
        seeds = std::stoull(::optarg);
        break;
      case 's':
        first = std::stoull(::optarg);
        break;
      case 'v':
        expect_violation = true;
        break;
      case 't':
        trace = true;
        break;
      default:
        std::cout << kUsage;
        return c == 'h' ? 0 : 2;
    }
  }

  holdfast::sim::violation_expected = expect_violation;
  std::signal(SIGABRT, holdfast::sim::on_abort);
  holdfast::set_log_level(trace ? holdfast::LogLevel::debug : holdfast::LogLevel::off);
  const auto shared = std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp";
  const auto directory =
      std::filesystem::path(shared) / ("holdfast-sim-" + std::to_string(::getpid()));
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    holdfast::sim::current_seed = seed;
    std::filesystem::remove_all(directory);
    std::vector<std::string> history;
    const auto violation = holdfast::sim::run_seed(seed, trace, directory, history);
    if (!violation) continue;
    std::filesystem::remove_all(directory);
    if (expect_violation) {
      std::cout << "found at seed " << seed << ": " << *violation << "\n";
      return 0;
    }
    if (!trace) {
      for (const std::string& line : history) std::cout << line << "\n";
    }
    std::cout << "seed " << seed << " breaks a promise: " << *violation
              << "\nagain: ./dev sim --seeds 1 --trace --seed " << seed << "\n";
    return 1;
  }
  std::filesystem::remove_all(directory);
  if (expect_violation) {
    std::cout << "the planted fault was not found in " << seeds << " seeds\n";
    return 1;
  }
  std::cout << seeds << " seeds, every promise held\n";
  return 0;
}
