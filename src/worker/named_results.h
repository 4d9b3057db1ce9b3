// Results by their names, for programs that know no output directory: patterns of what a program
// leaves in its checkpoint directory, or where it runs, and what of that is its result.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "worker/output_walk.h"

namespace holdfast {

// Where patterns are looked for.
struct ResultFolder {
  std::filesystem::path folder;
  // Only files that were changed after this one was made: of a folder that others use, too, as the
  // one that holdfast was started in. nullopt: all.
  std::optional<std::filesystem::path> changed_since = std::nullopt;
};

struct NamedResults {
  // Relative paths; `*`, `?` and `[...]` stand for characters of one name, `**` for any number of
  // folders. A folder that matches stands for all below it.
  std::vector<std::string> patterns;
  std::vector<ResultFolder> folders;
};

// What is wrong with a pattern, as the end of a sentence; empty if nothing is.
std::string pattern_problem(const std::string& pattern);

// As walk_outputs(), for what the patterns name: each path once, that of an earlier folder first,
// and none that `output` has. Notes patterns that match nothing. Throws OutputUnreadable.
OddOutputs walk_named_results(
    const NamedResults& results, const std::filesystem::path& output,
    const std::function<void(Output output, const std::filesystem::path& file)>& visit);

}  // namespace holdfast
