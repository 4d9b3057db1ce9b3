// holdfast_sim: runs worlds, one per seed. A failing seed prints its history and the words that
// run it again.
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "checker.h"
#include "sim_worker.h"

namespace holdfast::sim {
namespace {

// How bad a run is, drawn from its seed: from calm to everything at once.
Faults draw_faults(World& world) {
  const auto some = [&](double most) {
    return world.chance(0.5) ? most * world.random().fraction() : 0.0;
  };
  Faults faults;
  faults.store_fails = some(0.1);
  faults.store_loses_answer = some(0.1);
  faults.store_slow = some(0.02);
  faults.publish_fails = some(0.2);
  faults.kill_at_call = some(0.02);
  faults.freeze_at_call = some(0.01);
  faults.connection_lost = some(0.02);
  faults.task_fails = some(0.05);
  faults.submitted_twice = some(0.5);
  faults.quiet_after = world.now().time_since_epoch() + world.between(600s, 3600s);
  return faults;
}

std::optional<std::string> run_seed(std::uint64_t seed, bool trace,
                                    const std::filesystem::path& directory,
                                    std::vector<std::string>& history) {
  World world(seed, trace);
  const Faults faults = draw_faults(world);
  Bucket bucket;
  SimBroker broker(world, faults);
  Checker checker(world, bucket, broker);

  const std::uint64_t jobs = 1 + world.random().below(3);
  for (std::uint64_t i = 0; i < jobs; ++i) {
    const std::string job = "job-" + std::to_string(i);
    const std::uint64_t steps = 1 + world.random().below(8);
    checker.add_job(job, steps);
    const std::string body = R"({"job_id":")" + job + R"(","steps":)" + std::to_string(steps) + "}";
    broker.put({body, job, false});
    if (world.chance(faults.submitted_twice)) broker.put({body, job + "-2", false});
  }

  // A worker that is gone is followed by another, as a cloud does it.
  const std::uint64_t slots = 1 + world.random().below(3);
  std::vector<std::unique_ptr<SimWorker>> workers;
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
  world.run([&] { return checker.all_completed() && broker.idle(); }, world.now() + kEnd);
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
  CLI::App app{"Runs the worker's own code over simulated worlds and holds the guarantees."};
  std::uint64_t seeds = 300;
  std::uint64_t first = 1;
  bool expect_violation = false;
  bool trace = false;
  app.add_option("--seeds", seeds, "How many seeds to run");
  app.add_option("--seed", first, "The first seed");
  app.add_flag("--expect-violation", expect_violation,
               "Succeed only if a promise is broken (a planted fault)");
  app.add_flag("--trace", trace, "Print the history as it happens");
  CLI11_PARSE(app, argc, argv);

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
