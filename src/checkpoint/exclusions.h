// Which files the checkpoints of a directory leave out: by rules that the worker was given, and by
// those that the directory itself holds (core/ignore_rules.h).
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/ignore_rules.h"

namespace holdfast {

// What `directory` says itself counts more than `given`. A file of rules that cannot be read, or is
// longer than it may be, is said in the log and counts as none.
IgnoreRules exclusions_of(const std::filesystem::path& directory,
                          const std::vector<std::string>& given);

// Whether what lies at `path`, relative to the directory, is left out, itself or with a folder
// above it. The file of rules never is: the next attempt needs it.
bool excluded(const IgnoreRules& rules, std::string_view path, IgnoreRules::Kind kind);

// Forgets files that are left out: what is written there concerns no snapshot.
void erase_excluded(std::set<std::string>& paths, const IgnoreRules& rules);

// Removes what is left out, for a checkpoint that is taken of the directory itself.
void remove_excluded(const std::filesystem::path& directory, const std::vector<std::string>& given);

// "a, b and 3 more".
std::string names_of(const std::vector<std::string>& paths);

}  // namespace holdfast
