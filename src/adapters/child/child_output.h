// Runs a program to its end and takes what it prints: for small commands of the user's.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/time.h"
#include "ports/clock.h"

namespace holdfast {

constexpr std::size_t kChildOutputBytesMax = 8 * 1024 * 1024;

struct ChildOutput {
  int code = 0;  // Its exit code, or 128 plus the signal that ended it.
  std::string out;
  std::string err;
};

// What a program is given beside its words.
struct ChildInput {
  std::string in;                        // On its standard input.
  std::vector<std::string> environment;  // NAME=value lines; empty: ours.
};

// Looks `words[0]` up in PATH. At `deadline` the program and what it started in its process group
// are killed, and Error (unavailable) is thrown; Error (machine) if it cannot be started.
ChildOutput run_child(const std::vector<std::string>& words, TimePoint deadline, const Clock& clock,
                      const ChildInput& input = {});

}  // namespace holdfast
