#include "adapters/local/task_environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace holdfast {

namespace {

// In any case of letters. What ends with a star is a beginning.
constexpr std::array<std::string_view, 6> kSecrets = {"AMQP_URL", "AWS_*",      "HOLDFAST_*",
                                                      "R2_*",     "RABBITMQ_*", "SALAD_API_*"};

char upper(char c) {
  return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
}

bool same_letter(char a, char b) {
  return upper(a) == upper(b);
}

bool matches(std::string_view name, std::string_view pattern) {
  const bool beginning = pattern.ends_with('*');
  if (beginning) pattern.remove_suffix(1);
  if (name.size() < pattern.size() || (!beginning && name.size() != pattern.size())) return false;
  return std::equal(pattern.begin(), pattern.end(), name.begin(), same_letter);
}

template <typename Patterns>
bool matches_one_of(std::string_view name, const Patterns& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& pattern) { return matches(name, pattern); });
}

}  // namespace

bool is_workers_secret(std::string_view name) {
  return matches_one_of(name, kSecrets);
}

std::vector<std::string> task_environment(const std::map<std::string, std::string>& added,
                                          const std::vector<std::string>& passed) {
  std::map<std::string, std::string> merged = added;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = text.substr(0, equals);
    if (is_workers_secret(name) && !matches_one_of(name, passed)) continue;
    merged.emplace(name, text.substr(equals + 1));
  }
  // Else what a Python program prints to a pipe is seen when it ends.
  merged.emplace("PYTHONUNBUFFERED", "1");
  std::vector<std::string> entries;
  for (const auto& [name, value] : merged) {
    if (!name.empty()) entries.push_back(name + "=" + value);
  }
  return entries;
}

}  // namespace holdfast
