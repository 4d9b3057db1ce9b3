#include "app/commands/deploy_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "app/amount_text.h"
#include "app/environment.h"
#include "app/split_words.h"
#include "app/usage_error.h"

namespace holdfast {

namespace {

constexpr std::array<std::string_view, 13> kNames = {
    "image",    "command",  "cpu",       "memory",  "shm",      "storage",    "gpu",
    "priority", "replicas", "countries", "restart", "liveness", "environment"};
// What must never go to machines of strangers: a key to the whole account.
constexpr std::array<std::string_view, 3> kNotForMachines = {"salad_api_key", "SALAD_API_KEY",
                                                             "SALAD_CLOUD_API_KEY"};
// The cloud counts in these, and so did older versions of the file: a number alone is one of them.
constexpr std::uint64_t kMegabyte = 1024ull * 1024;
constexpr std::uint64_t kGigabyte = 1024 * kMegabyte;
constexpr std::uint64_t kBytesMax = 1ull << 52;
constexpr std::uint64_t kMegabytesMax = 0xFFFF'FFFF;
constexpr std::uint32_t kPortMax = 65535;

const std::string* find(const Wishes& wishes, const std::string& name) {
  const auto found = wishes.find(name);
  return found == wishes.end() || found->second.empty() ? nullptr : &found->second;
}

std::optional<std::string> text_of(const Wishes& wishes, const std::string& name) {
  const std::string* value = find(wishes, name);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<std::uint32_t> number_of(const Wishes& wishes, const std::string& name) {
  const std::string* text = find(wishes, name);
  if (text == nullptr) return std::nullopt;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) {
    throw UsageError(name + " is to be a whole number, not '" + *text + "'");
  }
  return number;
}

// "4GiB"; a number alone is `unit`s.
std::optional<std::uint64_t> bytes_of(const Wishes& wishes, const std::string& name,
                                      std::uint64_t unit) {
  const std::string* text = find(wishes, name);
  if (text == nullptr) return std::nullopt;
  const bool number_alone = text->find_first_not_of("0123456789.") == std::string::npos;
  const auto bytes = parse_size(*text);
  const std::uint64_t each = number_alone ? unit : 1;
  if (!bytes || *bytes > kBytesMax / each) {
    throw UsageError(name + ": '" + *text + "' is not a size; write one such as 512MiB or 50GiB");
  }
  return *bytes * each;
}

std::optional<std::uint32_t> megabytes_of(const Wishes& wishes, const std::string& name) {
  const auto bytes = bytes_of(wishes, name, kMegabyte);
  if (!bytes) return std::nullopt;
  return static_cast<std::uint32_t>(std::min((*bytes + kMegabyte - 1) / kMegabyte, kMegabytesMax));
}

// "none", "http:8080/healthz", or a command.
std::optional<LivenessProbe> liveness_of(const Wishes& wishes) {
  constexpr std::string_view kHttp = "http:";
  const std::string* text = find(wishes, "liveness");
  if (text == nullptr) return std::nullopt;
  LivenessProbe probe;
  if (*text == "none") return probe;
  if (!text->starts_with(kHttp)) {
    probe.command = split_words(*text);
    return probe;
  }
  const std::size_t slash = text->find('/');
  const std::string port = text->substr(kHttp.size(), slash - kHttp.size());
  const bool digits = port.find_first_not_of("0123456789") == std::string::npos;
  const auto number = digits ? number_of({{"port", port}}, "port") : std::nullopt;
  if (slash == std::string::npos || !number || *number == 0 || *number > kPortMax) {
    throw UsageError("liveness is to be none, http:PORT/PATH or a command, not '" + *text + "'");
  }
  probe.port = *number;
  probe.path = text->substr(slash);
  return probe;
}

std::optional<std::map<std::string, std::string>> environment_of(
    const Wishes& wishes, const std::filesystem::path& folder) {
  const std::string* name = find(wishes, "environment");
  if (name == nullptr) return std::nullopt;
  std::map<std::string, std::string> variables;
  for (const auto& [key, value] : read_environment_file(folder / *name)) {
    if (std::ranges::find(kNotForMachines, key) != kNotForMachines.end()) {
      throw UsageError(*name + " holds " + key +
                       ", which opens your whole account and must not go to machines of "
                       "strangers: keep it in a file of its own and name that with --env-file");
    }
    if (!value.empty()) variables.emplace(key, value);  // The cloud refuses empty ones.
  }
  return variables;
}

std::optional<std::vector<std::string>> countries_of(const Wishes& wishes) {
  const std::string* text = find(wishes, "countries");
  if (text == nullptr) return std::nullopt;
  if (*text == "any") return std::vector<std::string>{};
  std::vector<std::string> codes = listed(*text);
  for (const std::string& code : codes) {
    const bool good =
        code.size() == 2 && std::ranges::all_of(code, [](char c) { return c >= 'a' && c <= 'z'; });
    if (!good) {
      throw UsageError("countries are codes of two small letters such as us or de, or any; not '" +
                       code + "'");
    }
  }
  std::sort(codes.begin(), codes.end());
  return codes;
}

}  // namespace

std::vector<std::string> listed(const std::string& text) {
  std::vector<std::string> items;
  std::size_t begin = 0;
  while (begin <= text.size()) {  // Ends: each turn goes beyond a comma or the end.
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::size_t first = text.find_first_not_of(" \t", begin);
    if (first < end) {
      const std::size_t last = text.find_last_not_of(" \t", end - 1);
      items.push_back(text.substr(first, last - first + 1));
    }
    begin = end + 1;
  }
  return items;
}

Wishes read_deploy_file(const std::filesystem::path& file) {
  Wishes wishes = read_environment_file(file);
  for (const auto& [name, value] : wishes) {
    if (std::ranges::find(kNames, name) != kNames.end()) continue;
    std::string sentence = file.string() + " says '" + name + "', which is none of:";
    for (const std::string_view known : kNames) sentence += " " + std::string(known);
    throw UsageError(sentence);
  }
  return wishes;
}

Deployment deployment_of(const Wishes& wishes, const std::filesystem::path& folder) {
  Deployment wanted;
  wanted.image = text_of(wishes, "image");
  if (const std::string* command = find(wishes, "command")) wanted.command = split_words(*command);
  wanted.cpu = number_of(wishes, "cpu");
  wanted.memory_mb = megabytes_of(wishes, "memory");
  wanted.shm_mb = megabytes_of(wishes, "shm");
  wanted.storage_bytes = bytes_of(wishes, "storage", kGigabyte);
  wanted.priority = text_of(wishes, "priority");
  wanted.size = number_of(wishes, "replicas");
  wanted.countries = countries_of(wishes);
  wanted.environment = environment_of(wishes, folder);
  wanted.restart_policy = text_of(wishes, "restart");
  wanted.liveness = liveness_of(wishes);
  const std::vector<std::string> faults = faults_of(wanted);
  if (faults.empty()) return wanted;
  std::string sentence = "this cannot be deployed:";
  for (const std::string& fault : faults) sentence += "\n  " + fault;
  throw UsageError(sentence);
}

}  // namespace holdfast
