// Container groups of SaladCloud as deployments: looked at, made, changed.
#pragma once

#include "adapters/salad/salad_api.h"
#include "adapters/salad/salad_json.h"

namespace holdfast {

class SaladDeployments {
 public:
  SaladDeployments(const SaladPlace& place, Clock& clock) : api_(place, clock) {}

  // nullopt: there is no such group.
  std::optional<Deployment> current(TimePoint deadline);
  void create(const Deployment& wanted, TimePoint deadline);
  // Changes what is said in `changed`, which is not empty.
  void update(const Deployment& changed, TimePoint deadline);

  // Ids for names, or ids as they are. Error (rejected) names those that there are.
  std::vector<std::string> gpu_class_ids(const std::vector<std::string>& names, TimePoint deadline);

 private:
  SaladApi api_;
};

}  // namespace holdfast
