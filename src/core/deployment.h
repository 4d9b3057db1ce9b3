// How a container group is to be made: what `holdfast deploy` wants and what there is, and how the
// two differ. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

// What answers whether a container is alive; nothing does if it is empty.
struct LivenessProbe {
  std::vector<std::string> command;  // Exit code 0 says that it is.
  std::string path;                  // Or this, fetched from `port`.
  std::uint32_t port = 0;
  friend bool operator==(const LivenessProbe&, const LivenessProbe&) = default;
};

// nullopt: not said, so left as it is.
struct Deployment {
  std::optional<std::string> image;
  std::optional<std::vector<std::string>> command;
  std::optional<std::uint32_t> cpu;
  std::optional<std::uint32_t> memory_mb;
  std::optional<std::uint32_t> shm_mb;
  std::optional<std::uint64_t> storage_bytes;
  std::optional<std::vector<std::string>> gpu_classes;  // Ids, sorted.
  std::optional<std::string> priority;
  std::optional<std::uint32_t> size;
  std::optional<std::vector<std::string>> countries;  // Sorted.
  std::optional<std::map<std::string, std::string>> environment;
  std::optional<std::string> restart_policy;
  std::optional<LivenessProbe> liveness;
};

// What is wrong with values that are said, one sentence each. Never repeats a value of the
// environment.
std::vector<std::string> faults_of(const Deployment& wanted);

// What is missing to make a group that is not there.
std::vector<std::string> missing_of(const Deployment& wanted);

struct DeploymentDifference {
  std::string line;       // For people: "memory: 2048 -> 4096 MB". No value of the environment.
  bool restarts = false;  // Every machine of the group at once.
  bool possible = true;   // Some settings can be chosen only when a group is made.
};

std::vector<DeploymentDifference> differences(const Deployment& current, const Deployment& wanted);

// The part of `wanted` that `current` is not.
Deployment changed_part(const Deployment& current, const Deployment& wanted);

}  // namespace holdfast
