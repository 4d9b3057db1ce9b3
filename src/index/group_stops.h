// Groups that stop when too many of their jobs are dead (submit --max-dead):
//
//   .fleet/{queue}/stops/{group}/dead/{job}   a job of it that died, since it last went on
//   .fleet/{queue}/stops/{group}/stopped      it has stopped: nobody starts a job of it
//
// Any worker may write any of them, twice or after another: all say the same.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/fleet_layout.h"
#include "core/job.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct GroupStop {
  std::uint64_t dead = 0;  // Jobs that had died when it stopped.
  std::string when;        // Wall time, for people.
};

class GroupStops {
 public:
  // Borrows store and clock.
  GroupStops(Store& store, const Clock& clock, FleetLayout layout)
      : store_(store), clock_(clock), layout_(std::move(layout)) {}

  // A job of the group is dead; the group stops if `max` or more are. What it says if this call
  // stopped it. Throws Error.
  std::optional<GroupStop> note_dead(const std::string& group, const std::string& job,
                                     std::uint64_t max);

  // nullopt: it goes on. Throws Error.
  std::optional<GroupStop> find(const std::string& group);

  // All that have stopped, by name. Throws Error.
  std::map<std::string, GroupStop> all();

  // Lets the group go on, with nothing held against it. False if it had not stopped. Throws Error;
  // the same call again does the rest.
  bool resume(const std::string& group);

 private:
  Store& store_;
  const Clock& clock_;
  const FleetLayout layout_;
};

// A group of the job that has stopped, with its name. Throws Error.
std::optional<std::pair<std::string, GroupStop>> stop_of(const JobId& job, Store& store,
                                                         const Clock& clock,
                                                         const FleetLayout& layout);

}  // namespace holdfast
