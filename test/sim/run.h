// One world from its seed to its end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "accountant.h"
#include "marks.h"

namespace holdfast::sim {

struct Outcome {
  std::optional<std::string> violation;
  std::vector<std::string> history;
};

// `directory` is emptied.
Outcome run_world(std::uint64_t seed, bool trace, const std::filesystem::path& directory,
                  Marks& marks, Accountant& accountant);

}  // namespace holdfast::sim
