// Where the fleet is and how it is to be scaled, from the settings of the guide's autoscaler, in
// lower or upper case, and ours. Every mistake is a UsageError that never repeats a secret.
#pragma once

#include <filesystem>
#include <string>
#include <variant>

#include "adapters/salad/salad_api.h"
#include "app/config.h"
#include "app/settings.h"
#include "core/scaling.h"

namespace holdfast {

// A program of the user's (docs/other-clouds.md).
struct FleetProgram {
  std::vector<std::string> command;  // Its name and what comes before get, set and protect.
};

using FleetConfig = std::variant<SaladPlace, FleetProgram>;

// Whether a cloud, or a program in its place, is named at all.
bool names_a_cloud(const Settings& settings);

FleetConfig fleet_config(const Settings& settings);

// For what only SaladCloud has.
SaladPlace salad_place(const Settings& settings);

// The queue as queue_config() knows it, else by the guide's rabbitmq_url, rabbitmq_username,
// rabbitmq_password, vhost and queue_name.
QueueConfig scaled_queue(const Settings& settings);

// The sizes, from the settings; the rest of the policy is the command line's.
void size_limits(const Settings& settings, ScalingPolicy& policy);

std::string shown(const FleetConfig& fleet);

// A sentence for each flag that shows a secret to everybody on this machine.
std::string exposed_fleet_secret(const Settings& settings);

}  // namespace holdfast
