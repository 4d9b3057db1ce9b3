#include "program.h"

#include <utility>

namespace holdfast::sim {

namespace {

constexpr std::size_t kLargeBytes = 280'000;  // Above what is packed together.
constexpr std::size_t kGrowthBytes = 20'000;

// Bytes that nobody can make smaller, always the same for a seed.
std::string noise(std::uint64_t seed, std::size_t size_bytes) {
  std::string bytes(size_bytes, '\0');
  std::uint64_t state = seed * 2 + 1;
  for (char& byte : bytes) {
    state = state * 6364136223846793005 + 1442695040888963407;
    byte = static_cast<char>(state >> 56);
  }
  return bytes;
}

}  // namespace

Program draw_program(World& world, const Faults& faults) {
  Program program;
  program.steps = 1 + world.random().below(8);
  program.variety = world.random().below(1'000'000);
  program.large = world.chance(0.2);
  program.signals = world.chance(0.4);
  program.on_term = static_cast<Program::OnTerm>(world.random().below(6));
  program.says_finished = world.chance(0.3);
  if (program.says_finished) program.on_term = Program::OnTerm::exits_0;
  if (!world.chance(faults.odd_programs)) return program;
  const auto some = [&](double most) {
    return world.chance(0.3) ? most * world.random().fraction() : 0.0;
  };
  program.fails = some(0.3);
  program.refuses = some(0.1);
  program.unfit = some(0.05);
  program.later = some(0.2);
  program.again = some(0.3);
  if (faults.stall_after > Duration::zero()) program.hangs = some(0.2);
  if (world.chance(0.15)) {
    program.stuck_at = 1 + world.random().below(program.steps);
    program.deadly = !faults.calm && world.chance(0.5);
  }
  if (!program.stuck_at && world.chance(0.15)) {
    program.torn_at = 1 + world.random().below(program.steps);
  }
  if (faults.time_limit > Duration::zero() && !program.stuck_at && world.chance(0.15)) {
    program.endless = true;
    program.steps = 1'000'000;
    program.large = false;
  }
  return program;
}

Files files_at(const Program& program, std::uint64_t step) {
  if (step == 0) return {};
  Files files;
  files["state"] = std::to_string(step) + ' ' + std::to_string(step * (step + 1) / 2) + '\n';
  files["folder/always-the-same"] = noise(program.variety, 500);
  files["folder/comes-and-goes-" + std::to_string(step % 2)] = noise(program.variety + step, 700);
  files["empty"] = "";
  if (!program.large) return files;
  // Grows, comes back as it was two steps before, changes a little.
  files["grows"] = noise(program.variety + 1, kLargeBytes + step * kGrowthBytes);
  files["turns"] = noise(program.variety + 2 + step % 3, kLargeBytes);
  files["folder/patched"] =
      noise(program.variety + 10 + step, 1000) + noise(program.variety + 9, kLargeBytes);
  return files;
}

Files result_of(const Program& program, std::uint64_t epoch) {
  const std::uint64_t sum = program.steps * (program.steps + 1) / 2;
  Files files = {{"result.txt", std::to_string(sum) + " in epoch " + std::to_string(epoch)},
                 {"more/words.txt", noise(program.variety + 3, 300)}};
  if (epoch == 1) files["first/only.txt"] = "gone when it is replaced";
  return files;
}

}  // namespace holdfast::sim
