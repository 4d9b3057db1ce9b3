// The dashboard's views at one moment, as JSON and as one HTML file that needs nothing besides.
#pragma once

#include <string>

#include "dashboard/page_json.h"

namespace holdfast {

// {"now", "pages" {"overview", "jobs", "machines", "money", "dead"}, "jobs_shown" {ID: as a job's
// page}}. The pages are as the dashboard's (docs/formats.md). The view has looked at everything.
std::string report_json(FleetView& view, const DashboardFacts& facts);

// The file for `json`, which report_json() made.
std::string report_html(const std::string& json, const std::string& title);

}  // namespace holdfast
