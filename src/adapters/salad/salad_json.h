// The API's documents as values of ours, and back. Throws Error (corrupt) where a document is not
// what the API promises. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/deployment.h"
#include "core/fleet.h"

namespace holdfast {

// Title and detail of a problem document (RFC 9457); nullopt if `body` is none.
std::optional<std::string> problem_in(std::string_view body);

// Status, wanted size and whether a change is pending. The counts are of the instances.
FleetReading fleet_in(std::string_view group);
Deployment deployment_in(std::string_view group);

std::vector<FleetInstance> instances_in(std::string_view body);

// How many machines the organization may have more.
std::uint64_t room_in(std::string_view quotas);

struct GpuClass {
  std::string id;
  std::string name;
};
std::vector<GpuClass> gpu_classes_in(std::string_view body);

std::string size_patch(std::uint32_t size);

// A group to be made; it starts by itself. Has what missing_of() asks for.
std::string prototype(const std::string& name, const Deployment& wanted);

// A change of what is said in `changed`. An environment replaces the whole one before.
std::string group_patch(const Deployment& changed);

}  // namespace holdfast
