#include "app/settings.h"

#include <utility>

#include "app/usage_error.h"

namespace holdfast {

Settings::Settings(std::map<std::string, std::string> flags, Environment environment,
                   Environment file, std::string file_name)
    : flags_(std::move(flags)),
      environment_(std::move(environment)),
      file_(std::move(file)),
      file_name_(std::move(file_name)) {}

std::optional<Setting> Settings::find(const std::string& flag,
                                      const std::vector<std::string>& variables) const {
  if (const auto given = flags_.find(flag); given != flags_.end()) {
    return Setting{given->second, flag};
  }
  for (const std::string& variable : variables) {
    const auto here = environment_.find(variable);
    if (here != environment_.end() && !here->second.empty()) {
      return Setting{here->second, variable + " of the environment"};
    }
    const auto there = file_.find(variable);
    if (there != file_.end() && !there->second.empty()) {
      return Setting{there->second, variable + " of " + file_name_};
    }
  }
  return std::nullopt;
}

std::optional<Settings> Settings::with_file_anew() const {
  if (file_name_.empty()) return std::nullopt;
  try {
    return Settings(flags_, environment_, read_environment_file(file_name_), file_name_);
  } catch (const Error&) {
    return std::nullopt;
  }
}

Setting Settings::require(const std::string& what, const std::string& flag,
                          const std::vector<std::string>& variables) const {
  if (auto found = find(flag, variables)) return *found;
  std::string names;
  for (const std::string& variable : variables) {
    names += (names.empty() ? "" : " or ") + variable;
  }
  std::string sentence = what + " is not set: give it ";
  if (!flag.empty()) sentence += "with " + flag + (names.empty() ? "" : " or ");
  if (!names.empty()) sentence += "in the variable " + names;
  sentence += file_name_.empty() ? " (looked in the environment; a file of variables can be named "
                                   "with --env-file)"
                                 : " (looked in the environment and in " + file_name_ + ")";
  throw UsageError(sentence);
}

}  // namespace holdfast
