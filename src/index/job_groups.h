// Which jobs belong to which group, as their submitters recorded it:
//
//   .fleet/{queue}/groups/{group}/{digest}    ids, one a line, of one submission or a part of it
//
// Named by their content, so a submission that is repeated writes the same again. A group is the
// union of all its parts, and of a job that is in it the log says what became of it.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/fleet_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

class JobGroups {
 public:
  // Borrows store and clock.
  JobGroups(Store& store, const Clock& clock, FleetLayout layout)
      : store_(store), clock_(clock), layout_(std::move(layout)) {}

  // Jobs that are in the group from now on; any number. Throws Error.
  void add(const std::string& group, const std::vector<std::string>& jobs);

  // Empty: there is no such group. Throws Error, also (corrupt) for a damaged part.
  std::set<std::string> jobs_of(const std::string& group);

  // All of these jobs were forgotten: takes away the parts that name no others. Throws Error.
  void forget(const std::string& group, const std::set<std::string>& jobs);

  // Of all groups. Throws Error.
  std::vector<std::string> names();

 private:
  void each_part(
      const std::string& group,
      const std::function<void(const std::string& key, std::set<std::string> ids)>& visit);

  Store& store_;
  const Clock& clock_;
  const FleetLayout layout_;
};

}  // namespace holdfast
