// What a cloud tells of the group of machines that it runs for us. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

// The states of SaladCloud's container groups; other clouds have some of them.
enum class FleetStatus {
  pending,    // The image is being prepared; the group cannot be changed meanwhile.
  deploying,  // Started, none of its machines runs yet.
  running,
  stopped,    // By us or by a person; costs nothing.
  succeeded,  // All programs ended by themselves.
  failed,     // The image cannot be used: a person must act.
};

std::string_view to_text(FleetStatus status);
std::optional<FleetStatus> fleet_status_from_text(std::string_view text);

// One look at the group.
struct FleetReading {
  FleetStatus status = FleetStatus::running;
  // A change of its settings has not reached all machines: the counts are not to be trusted.
  bool pending_change = false;
  std::uint32_t wanted = 0;  // The size that it was told; how many there are may differ.
  std::uint32_t running = 0;
  std::uint32_t starting = 0;
  std::uint32_t stopping = 0;
  // How many of those running have a deletion cost: the cloud takes them last. nullopt: unknown.
  std::optional<std::uint32_t> shielded;
  // Machines that run a job without one, where the broker names who does. nullopt: unknown.
  std::optional<std::uint32_t> exposed;
  // The size that quota and cloud allow at most. nullopt: unknown.
  std::optional<std::uint32_t> size_max;
};

enum class InstanceState { allocating, downloading, creating, running, stopping };

std::string_view to_text(InstanceState state);
std::optional<InstanceState> instance_state_from_text(std::string_view text);

// One machine's container.
struct FleetInstance {
  std::string id;
  std::string machine;
  InstanceState state = InstanceState::running;
  std::uint32_t deletion_cost = 0;
  std::string since;  // When its state changed, for people.
};

// A worker that holds messages of the queue. One that waits for more runs no job: what it holds are
// duplicates of jobs that others run, parked until these have ended.
struct HoldingWorker {
  std::string id;
  bool waits_for_more = false;
};

// How many of these workers run a job on no machine that is known to be shielded.
std::uint32_t exposed_among(const std::vector<HoldingWorker>& workers,
                            const std::vector<FleetInstance>& instances);

// Sets the counts of `fleet`.
void count_instances(const std::vector<FleetInstance>& instances, FleetReading& fleet);

}  // namespace holdfast
