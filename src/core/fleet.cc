#include "core/fleet.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace holdfast {

namespace {

constexpr std::array<std::pair<FleetStatus, std::string_view>, 6> kStatuses = {{
    {FleetStatus::pending, "pending"},
    {FleetStatus::deploying, "deploying"},
    {FleetStatus::running, "running"},
    {FleetStatus::stopped, "stopped"},
    {FleetStatus::succeeded, "succeeded"},
    {FleetStatus::failed, "failed"},
}};

constexpr std::array<std::pair<InstanceState, std::string_view>, 5> kInstanceStates = {{
    {InstanceState::allocating, "allocating"},
    {InstanceState::downloading, "downloading"},
    {InstanceState::creating, "creating"},
    {InstanceState::running, "running"},
    {InstanceState::stopping, "stopping"},
}};

template <typename Words, typename Value>
std::string_view word_of(const Words& words, Value value) {
  for (const auto& [each, text] : words) {
    if (each == value) return text;
  }
  check(false, "every state has a word");
  return {};
}

template <typename Value, typename Words>
std::optional<Value> value_of(const Words& words, std::string_view text) {
  for (const auto& [value, word] : words) {
    if (word == text) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_text(FleetStatus status) {
  return word_of(kStatuses, status);
}

std::optional<FleetStatus> fleet_status_from_text(std::string_view text) {
  return value_of<FleetStatus>(kStatuses, text);
}

std::string_view to_text(InstanceState state) {
  return word_of(kInstanceStates, state);
}

std::optional<InstanceState> instance_state_from_text(std::string_view text) {
  return value_of<InstanceState>(kInstanceStates, text);
}

std::uint32_t exposed_among(const std::vector<HoldingWorker>& workers,
                            const std::vector<FleetInstance>& instances) {
  // A worker is known by its instance, else by its machine.
  const auto shielded = [&](const HoldingWorker& worker) {
    return std::ranges::any_of(instances, [&](const FleetInstance& instance) {
      return instance.deletion_cost > 0 &&
             (instance.id == worker.id || instance.machine == worker.id);
    });
  };
  return static_cast<std::uint32_t>(std::ranges::count_if(
      workers, [&](const auto& worker) { return !worker.waits_for_more && !shielded(worker); }));
}

void count_instances(const std::vector<FleetInstance>& instances, FleetReading& fleet) {
  std::uint32_t shielded = 0;
  fleet.running = fleet.starting = fleet.stopping = 0;
  for (const FleetInstance& instance : instances) {
    switch (instance.state) {
      case InstanceState::running:
        ++fleet.running;
        if (instance.deletion_cost > 0) ++shielded;
        break;
      case InstanceState::stopping:
        ++fleet.stopping;
        break;
      case InstanceState::allocating:
      case InstanceState::downloading:
      case InstanceState::creating:
        ++fleet.starting;
        break;
    }
  }
  fleet.shielded = shielded;
}

}  // namespace holdfast
