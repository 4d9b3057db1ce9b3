// What `holdfast deploy` is told, by the names of its file, as a deployment.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/deployment.h"

namespace holdfast {

// Name to value: image, command, cpu, memory, shm, storage (sizes), gpu, priority, replicas,
// countries, restart, liveness, environment.
using Wishes = std::map<std::string, std::string>;

// Throws UsageError for names that are none of these.
Wishes read_deploy_file(const std::filesystem::path& file);

// But for the GPU classes, whose ids the cloud knows. A relative name of the environment's file is
// looked up in `folder`. Throws UsageError with all that is wrong.
Deployment deployment_of(const Wishes& wishes, const std::filesystem::path& folder);

// At commas, trimmed, without empty ones.
std::vector<std::string> listed(const std::string& text);

}  // namespace holdfast
