// What the autoscaler shows of itself (docs/metrics.md). Pure.
#pragma once

#include <cstdint>
#include <string>

#include "autoscale/autoscaler.h"

namespace holdfast {

// Since the autoscaler started.
struct ScalingCounts {
  std::uint64_t rounds = 0;
  std::uint64_t failures = 0;
  std::uint64_t changes = 0;  // Carried out.
  std::uint64_t busy_at_risk = 0;

  void add(const ScalingRound& round);
};

// In Prometheus' text format. What the last round could not read is left out.
std::string autoscale_metrics(const ScalingRound& last, const ScalingCounts& counts);

}  // namespace holdfast
