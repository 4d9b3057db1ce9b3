#include "app/commands/wished_jobs.h"

#include "core/notice.h"
#include "index/job_groups.h"
#include "notify/notify_ledger.h"

namespace holdfast {

std::vector<std::pair<std::string, std::string>> WishedJobs::headers_of(const std::string& job) {
  if (!groups_) {
    std::map<std::string, std::string> groups;
    JobGroups all(store_, clock_, layout_);
    for (const Wish& wish : NotifyLedger(store_, clock_, layout_).all_wishes()) {
      if (wish.group.empty()) continue;
      for (const std::string& one : all.jobs_of(wish.group)) groups.emplace(one, wish.group);
    }
    groups_ = std::move(groups);
  }
  const auto group = groups_->find(job);
  if (group == groups_->end()) return {};
  return {{kGroupHeader, group->second}, {kNotifyHeader, "1"}};
}

}  // namespace holdfast
