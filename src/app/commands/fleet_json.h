// What the fleet's commands print for programs (docs/formats.md). One line without its end.
#pragma once

#include <string>
#include <vector>

#include "autoscale/autoscaler.h"
#include "core/fleet.h"
#include "core/unfit_notice.h"
#include "status/workers.h"

namespace holdfast {

struct InstanceWithJob {
  FleetInstance instance;
  std::string job;  // Empty: none, or unknown.
};

std::string to_json(const ScalingRound& round);
std::string to_json(const std::vector<SeenWorker>& workers, const std::vector<UnfitNotice>& unfit);
std::string to_json(const FleetReading& fleet, const std::vector<InstanceWithJob>& instances);

}  // namespace holdfast
