// What each page of the dashboard is filled with: JSON of the same objects that the commands print
// with --json (docs/formats.md, The dashboard).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dashboard/fleet_view.h"
#include "dashboard/job_table.h"
#include "status/job_status.h"
#include "status/stopped_groups.h"

namespace holdfast {

// What does not change while it runs.
struct DashboardFacts {
  std::string version;
  std::string queue;  // Its name.
  std::string store;  // Where it is, without secrets.
  bool actions = false;
  std::optional<double> dollars_per_hour;
  std::string group = {};  // Only its jobs are shown; empty: all.
  std::uint64_t group_jobs = 0;
};

// Groups that have stopped, of those that are shown.
std::vector<StoppedGroup> stopped_groups(FleetView& view, const DashboardFacts& facts);

std::string overview_json(FleetView& view, const DashboardFacts& facts);
std::string jobs_json(FleetView& view, const DashboardFacts& facts, const JobPage& page);
// What of its output is shown.
struct OutputChoice {
  std::optional<std::uint64_t> attempt = {};  // nullopt: the newest that has output.
  std::optional<std::uint64_t> at = {};       // From this byte on; nullopt: its end.
};
// `status` is null where the job's log cannot be read; `failures` say why parts are missing.
std::string job_json(FleetView& view, const DashboardFacts& facts, const JobId& id,
                     const OutputChoice& choice = {});
std::string machines_json(FleetView& view);
std::string money_json(FleetView& view, const DashboardFacts& facts);
std::string dead_json(FleetView& view);

// {"error": TEXT}
std::string error_json(const std::string& text);

}  // namespace holdfast
