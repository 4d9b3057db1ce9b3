// Whether all jobs of a group have ended, asked after each end of one of them. Cheap however large
// the group is: one open job, chosen at random, is looked at, and only once it has ended is the job
// index read again, about log2(jobs) times in all. One thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/random.h"
#include "core/fleet_layout.h"
#include "core/notice.h"
#include "index/job_groups.h"
#include "index/job_index.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

class GroupWatch {
 public:
  // Borrows store and clock.
  GroupWatch(Store& store, const Clock& clock, const FleetLayout& layout, std::string group);

  // How the newest attempt of the job left it.
  void ended(const std::string& job, JobState state, std::uint64_t attempt);

  // nullopt: some job goes on, or nobody knows of such a group. Throws Error.
  std::optional<GroupEnd> look();

 private:
  struct Ended {
    JobState state = JobState::completed;
    std::uint64_t attempt = 0;
  };

  // Looks at `job` itself; true if it has ended.
  bool has_ended(const std::string& job);
  void read_group();
  void read_index();

  Store& store_;
  const Clock& clock_;
  const std::string group_;
  JobGroups groups_;
  JobIndex index_;
  Random random_;
  std::set<std::string> jobs_;  // As they were when the group was last read.
  std::map<std::string, Ended> ended_;
  std::string blocker_;  // A job that had not ended when it was last looked at.
};

}  // namespace holdfast
