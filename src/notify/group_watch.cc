#include "notify/group_watch.h"

#include <vector>

#include "base/digest.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);
constexpr std::size_t kDigestDigits = 16;

}  // namespace

GroupWatch::GroupWatch(Store& store, const Clock& clock, const FleetLayout& layout,
                       std::string group)
    : store_(store),
      clock_(clock),
      group_(std::move(group)),
      groups_(store, clock, layout),
      index_(store, clock, layout),
      random_(Random::from_system()) {}

void GroupWatch::ended(const std::string& job, JobState state, std::uint64_t attempt) {
  ended_[job] = {state, attempt};
}

bool GroupWatch::has_ended(const std::string& job) {
  const auto id = JobId::parse(job);
  if (!id) return true;
  JobLog log(store_, clock_, *id);
  const auto& newest = log.read(clock_.now() + kRequest);
  if (!newest || !is_end(newest->state)) return false;
  ended_[job] = {newest->state, newest->attempt.value};
  return true;
}

void GroupWatch::read_group() {
  jobs_ = groups_.jobs_of(group_);
  std::erase_if(ended_, [this](const auto& job) { return !jobs_.contains(job.first); });
}

// What the index shows as open may have ended all the same, and is looked at. The reverse is true:
// what it shows as ended has, unless somebody brought it back since.
void GroupWatch::read_index() {
  static_cast<void>(index_.read_of(
      jobs_,
      [this](const IndexEntry& entry) {
        const auto known = ended_.find(entry.job);
        if (known != ended_.end() && known->second.attempt > entry.attempt) return;
        if (is_end(entry.state)) {
          ended_[entry.job] = {entry.state, entry.attempt};
        } else {
          ended_.erase(entry.job);
        }
      },
      nullptr));
}

std::optional<GroupEnd> GroupWatch::look() {
  if (jobs_.empty()) read_group();
  if (jobs_.empty()) return std::nullopt;
  if (!blocker_.empty() && !ended_.contains(blocker_) && !has_ended(blocker_)) return std::nullopt;
  read_group();  // It may have grown.
  read_index();
  for (;;) {  // Ends with the open jobs, each of which is looked at once at most.
    std::vector<std::string> open;
    for (const std::string& job : jobs_) {
      if (!ended_.contains(job)) open.push_back(job);
    }
    if (open.empty()) break;
    blocker_ = open[random_.below(open.size())];
    if (!has_ended(blocker_)) return std::nullopt;
  }
  GroupEnd end;
  end.group = group_;
  Sha256 digest;
  for (const auto& [job, how] : ended_) {
    digest.update(job + " " + std::string(to_text(how.state)) + " " + std::to_string(how.attempt) +
                  "\n");
    (how.state == JobState::completed ? end.completed
     : how.state == JobState::dead    ? end.dead
                                      : end.cancelled) += 1;
  }
  end.digest = digest.finish().hex().substr(0, kDigestDigits);
  blocker_.clear();
  return end;
}

}  // namespace holdfast
