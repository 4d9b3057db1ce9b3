#include "core/deployment.h"

#include <algorithm>
#include <array>

namespace holdfast {

namespace {

constexpr std::size_t kValueCharactersMax = 1000;
constexpr std::uint32_t kSizeMax = 500;
constexpr std::uint32_t kCpuMax = 1024;
constexpr std::uint32_t kMemoryMbMin = 1024;
constexpr std::uint32_t kShmMbMin = 64;
constexpr std::uint64_t kStorageBytesMin = 1024ull * 1024 * 1024;
constexpr std::array<std::string_view, 4> kPriorities = {"high", "medium", "low", "batch"};
constexpr std::array<std::string_view, 3> kRestartPolicies = {"always", "on_failure", "never"};

template <typename Words>
bool among(const Words& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

template <typename Words>
std::string choice(const Words& words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string fault_of_value(const std::string& what, const std::string& value) {
  const std::size_t length = characters(value);
  if (length == 0) return what + " is empty, which the cloud refuses; leave it out";
  if (length > kValueCharactersMax) {
    return what + " has " + std::to_string(length) + " characters; the cloud takes at most " +
           std::to_string(kValueCharactersMax);
  }
  if (value.find_first_of("\r\n") != std::string::npos) {
    return what + " has more than one line, which the cloud refuses";
  }
  return {};
}

std::string joined(const std::vector<std::string>& texts, const char* between) {
  std::string text;
  for (const std::string& one : texts) text += (text.empty() ? "" : between) + one;
  return text.empty() ? "none" : text;
}

std::string in_words(const std::string& value) {
  return value;
}

std::string in_words(const std::vector<std::string>& value) {
  return joined(value, ", ");
}

std::string in_words(const LivenessProbe& probe) {
  if (!probe.command.empty()) return joined(probe.command, " ");
  if (probe.path.empty()) return "none";
  return "http port " + std::to_string(probe.port) + " " + probe.path;
}

template <typename Number, typename = std::enable_if_t<std::is_integral_v<Number>>>
std::string in_words(Number value) {
  return std::to_string(value);
}

// One setting: how it is called, and what a change of it does.
struct Kind {
  const char* name;
  const char* unit = "";
  bool restarts = true;
  bool possible = true;
};

template <typename Value>
void compare(const Kind& kind, const std::optional<Value>& current,
             const std::optional<Value>& wanted, std::vector<DeploymentDifference>& differences) {
  if (!wanted || wanted == current) return;
  const std::string before = current ? in_words(*current) : "none";
  const std::string after = in_words(*wanted);
  if (!current && before == after) return;  // An empty list is none.
  const std::string change =
      before == after ? " is cut into other words" : ": " + before + " -> " + after + kind.unit;
  differences.push_back({kind.name + change, kind.restarts, kind.possible});
}

// Names only: the values are secrets.
void compare_environment(const Deployment& current, const Deployment& wanted,
                         std::vector<DeploymentDifference>& differences) {
  if (!wanted.environment) return;
  const std::map<std::string, std::string> none;
  const auto& before = current.environment ? *current.environment : none;
  const auto note = [&](const std::string& name, const char* what) {
    differences.push_back({"environment: " + name + " " + what, true, true});
  };
  for (const auto& [name, value] : *wanted.environment) {
    const auto found = before.find(name);
    if (found == before.end()) {
      note(name, "is new");
    } else if (found->second != value) {
      note(name, "has another value");
    }
  }
  for (const auto& [name, value] : before) {
    if (!wanted.environment->contains(name)) note(name, "goes");
  }
}

template <typename Value>
void keep_changed(const std::optional<Value>& current, std::optional<Value>& wanted) {
  if (wanted == current) wanted.reset();
}

void check_range(const char* what, const std::optional<std::uint32_t>& value, std::uint32_t least,
                 std::uint32_t most, std::vector<std::string>& faults) {
  if (!value || (*value >= least && *value <= most)) return;
  faults.push_back(std::string(what) + " is " + std::to_string(*value) + "; the cloud takes " +
                   std::to_string(least) + " to " + std::to_string(most));
}

}  // namespace

std::vector<std::string> faults_of(const Deployment& wanted) {
  constexpr std::uint32_t kAny = 1'073'741'824;
  std::vector<std::string> faults;
  const auto note = [&](std::string fault) {
    if (!fault.empty()) faults.push_back(std::move(fault));
  };
  check_range("cpu", wanted.cpu, 1, kCpuMax, faults);
  check_range("memory (MB)", wanted.memory_mb, kMemoryMbMin, kAny, faults);
  check_range("shm (MB)", wanted.shm_mb, kShmMbMin, kAny, faults);
  check_range("replicas", wanted.size, 0, kSizeMax, faults);
  if (wanted.storage_bytes && *wanted.storage_bytes < kStorageBytesMin) {
    note("storage is less than the 1 GB that the cloud gives at least");
  }
  if (wanted.image) note(fault_of_value("image", *wanted.image));
  if (wanted.command) {
    for (const std::string& word : *wanted.command) {
      note(fault_of_value("a word of the command", word));
    }
  }
  if (wanted.priority && !among(kPriorities, *wanted.priority)) {
    note("there is no priority " + *wanted.priority + ", only " + choice(kPriorities));
  }
  if (wanted.restart_policy && !among(kRestartPolicies, *wanted.restart_policy)) {
    note("there is no restart policy " + *wanted.restart_policy + ", only " +
         choice(kRestartPolicies));
  }
  if (wanted.environment) {
    for (const auto& [name, value] : *wanted.environment) {
      note(fault_of_value("the environment variable " + name, value));
    }
  }
  return faults;
}

std::vector<std::string> missing_of(const Deployment& wanted) {
  std::vector<std::string> missing;
  if (!wanted.image) missing.push_back("image");
  if (!wanted.cpu) missing.push_back("cpu");
  if (!wanted.memory_mb) missing.push_back("memory");
  return missing;
}

std::vector<DeploymentDifference> differences(const Deployment& current, const Deployment& wanted) {
  std::vector<DeploymentDifference> found;
  compare(Kind{"image"}, current.image, wanted.image, found);
  compare(Kind{"command"}, current.command, wanted.command, found);
  compare(Kind{"cpu"}, current.cpu, wanted.cpu, found);
  compare(Kind{"memory", " MB"}, current.memory_mb, wanted.memory_mb, found);
  compare(Kind{"shm", " MB"}, current.shm_mb, wanted.shm_mb, found);
  compare(Kind{"storage", " bytes"}, current.storage_bytes, wanted.storage_bytes, found);
  compare(Kind{"gpu"}, current.gpu_classes, wanted.gpu_classes, found);
  compare(Kind{"priority"}, current.priority, wanted.priority, found);
  compare(Kind{"replicas", "", false}, current.size, wanted.size, found);
  compare(Kind{"countries"}, current.countries, wanted.countries, found);
  compare(Kind{"restart", "", true, false}, current.restart_policy, wanted.restart_policy, found);
  compare(Kind{"liveness"}, current.liveness, wanted.liveness, found);
  compare_environment(current, wanted, found);
  return found;
}

Deployment changed_part(const Deployment& current, const Deployment& wanted) {
  Deployment changed = wanted;
  keep_changed(current.image, changed.image);
  keep_changed(current.command, changed.command);
  keep_changed(current.cpu, changed.cpu);
  keep_changed(current.memory_mb, changed.memory_mb);
  keep_changed(current.shm_mb, changed.shm_mb);
  keep_changed(current.storage_bytes, changed.storage_bytes);
  keep_changed(current.gpu_classes, changed.gpu_classes);
  keep_changed(current.priority, changed.priority);
  keep_changed(current.size, changed.size);
  keep_changed(current.countries, changed.countries);
  keep_changed(current.restart_policy, changed.restart_policy);
  keep_changed(current.liveness, changed.liveness);
  keep_changed(current.environment, changed.environment);
  return changed;
}

}  // namespace holdfast
