#include "app/fetched_json.h"

#include <nlohmann/json.hpp>

namespace holdfast {

std::string fetched_json(const std::string& job, const std::string& state, const Fetched& fetched,
                         const std::string& error) {
  using Json = nlohmann::ordered_json;
  const Json json = {{"job_id", job},
                     {"state", state},
                     {"fetched", fetched.files},
                     {"bytes", fetched.bytes},
                     {"there", fetched.there},
                     {"problems", fetched.problems},
                     {"error", error.empty() ? Json(nullptr) : Json(error)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace holdfast
