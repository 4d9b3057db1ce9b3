// holdfast_sim: runs worlds, one per seed. A failing seed prints its history and the words that
// run it again.
#include <getopt.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>

#include "planted.h"
#include "run.h"

namespace {

using namespace holdfast::sim;

// With fewer worlds than this some marks may well stay unreached.
constexpr std::uint64_t kSeedsForMarks = 300;

struct Options {
  std::uint64_t seeds = 300;
  std::uint64_t first = 1;
  bool trace = false;
  std::string plant;
};

int run(const Options& options, const std::filesystem::path& directory) {
  Marks marks;
  Accountant accountant;
  for (std::uint64_t seed = options.first; seed < options.first + options.seeds; ++seed) {
    const Outcome outcome = run_world(seed, options.trace, directory, marks, accountant);
    if (!outcome.violation) continue;
    if (!options.plant.empty()) {
      std::cout << "found at seed " << seed << ": " << *outcome.violation << "\n";
      return 0;
    }
    if (!options.trace) {
      for (const std::string& line : outcome.history) std::cout << line << "\n";
    }
    std::cout << "seed " << seed << " breaks a promise: " << *outcome.violation
              << "\nagain: ./dev sim --seeds 1 --trace --seed " << seed << "\n";
    return 1;
  }
  const auto fault = accountant.fault();
  if (!options.plant.empty() && fault) {
    std::cout << "found in the accounts: " << *fault << "\n";
    return 0;
  }
  if (!options.plant.empty()) {
    std::cout << "the planted fault was not found in " << options.seeds << " seeds\n";
    return 1;
  }
  if (fault) {
    std::cout << *fault << "\n";
    return 1;
  }
  const auto missing = marks.missing();
  if (options.seeds >= kSeedsForMarks && !missing.empty()) {
    for (const std::string& mark : missing) std::cout << "never reached: " << mark << "\n";
    std::cout << "worlds in which this never happens prove less than they say (test/sim/marks.h)\n";
    return 1;
  }
  std::cout << options.seeds << " seeds, every promise held\n"
            << "time accounts, and the truth, of " << accountant.summary() << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr const char* kUsage =
      "Runs the worker's own code over simulated worlds and holds the guarantees.\n"
      "  --seeds N     how many seeds to run (default 300)\n"
      "  --seed N      the first seed (default 1)\n"
      "  --plant NAME  have this fault (planted_faults): succeed only if the checker sees it\n"
      "  --trace       print the history as it happens\n";
  Options options;
  const option names[] = {
      {"seeds", required_argument, nullptr, 'n'}, {"seed", required_argument, nullptr, 's'},
      {"plant", required_argument, nullptr, 'p'}, {"trace", no_argument, nullptr, 't'},
      {"help", no_argument, nullptr, 'h'},        {nullptr, 0, nullptr, 0}};
  for (int c = 0; (c = ::getopt_long(argc, argv, "h", names, nullptr)) != -1;) {
    switch (c) {
      case 'n':
        options.seeds = std::stoull(::optarg);
        break;
      case 's':
        options.first = std::stoull(::optarg);
        break;
      case 'p':
        options.plant = ::optarg;
        break;
      case 't':
        options.trace = true;
        break;
      default:
        std::cout << kUsage;
        return c == 'h' ? 0 : 2;
    }
  }
  if (!options.plant.empty()) {
    const auto number = number_of_fault(options.plant);
    if (!number || *number == 0) {
      std::cout << (number
                        ? "the code has changed where this fault is planted: mend planted_faults\n"
                        : "there is no such fault here: holdfast_sim_faulty has them\n");
      return 1;
    }
    planted = *number;
  }
  const auto shared = std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp";
  const auto directory =
      std::filesystem::path(shared) / ("holdfast-sim-" + std::to_string(::getpid()));
  const int code = run(options, directory);
  std::filesystem::remove_all(directory);
  return code;
}
