// What the program of a simulated job does: counts its steps, keeps files of several kinds, and may
// fail, refuse, ask to be run again, hang, or go its own way when it is asked to stop.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "faults.h"
#include "world.h"

namespace holdfast::sim {

struct Program {
  // How it takes SIGTERM.
  enum class OnTerm { dies, exits_0, exits_75, exits_85, exits_1, ignores };

  std::uint64_t steps = 1;
  std::uint64_t variety = 0;  // Tells its bytes from another job's.
  bool large = false;         // It has files that are too large to be packed together.
  bool signals = false;       // It says itself when its checkpoint directory is consistent.
  OnTerm on_term = OnTerm::dies;
  bool says_finished = false;  // FINISHED=1, some time before it ends.

  // At each step, until the world gets quiet.
  double fails = 0;                       // Exit code 1, or a signal.
  double refuses = 0;                     // 65
  double unfit = 0;                       // 69
  double later = 0;                       // 75
  double again = 0;                       // 85
  double hangs = 0;                       // For ever, where a worker stops what stalls.
  std::optional<std::uint64_t> stuck_at;  // It fails there whatever is done: it can never succeed.
  bool deadly = false;                    // Its machine dies there instead.
  // A checkpoint of this step is torn: it cannot be read, until somebody looks after the program.
  std::optional<std::uint64_t> torn_at;
  mutable std::uint64_t torn_starts_left = 4;
  bool endless = false;  // It runs into the time limit.

  bool can_succeed() const { return !stuck_at && !endless; }
};

Program draw_program(World& world, const Faults& faults);

// What the checkpoint directory holds after so many steps, by path.
using Files = std::map<std::string, std::string>;
Files files_at(const Program& program, std::uint64_t step);

// What the job leaves as its result in each of its epochs, by path. One file only the first has.
Files result_of(const Program& program, std::uint64_t epoch);

}  // namespace holdfast::sim
