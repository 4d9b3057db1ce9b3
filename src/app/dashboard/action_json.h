// What the dashboard's pages send to have jobs changed, and what they are told of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/dashboard/actions.h"

namespace holdfast {

// The names in {"jobs": ["job-1", …]}; nullopt if `body` is nothing of the kind.
std::optional<std::vector<std::string>> names_in_request(const std::string& body);

// {"outcomes": [{"job_id", "done", "text"}]}
std::string to_json(const std::vector<DashboardActions::Outcome>& outcomes);

}  // namespace holdfast
