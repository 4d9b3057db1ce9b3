#include "notify/missed.h"

#include <algorithm>
#include <map>

#include "base/thread_pool.h"
#include "base/wall_time.h"
#include "holdfast/error.h"
#include "index/job_groups.h"
#include "index/job_index.h"
#include "joblog/job_log.h"
#include "notify/group_watch.h"
#include "notify/outbox.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);
constexpr int kReaders = 16;
// In a row; then the rest waits for another time.
constexpr int kFailuresMax = 3;

struct Sending {
  bool wished = true;  // It stands in the store.
  NotifyTarget target;
  NamedBy by = NamedBy::us;
  std::string group;
  std::string since;
};

// One call of send_missed().
class Look {
 public:
  Look(Store& store, const Clock& clock, const FleetLayout& layout, NoticeSender& sender,
       const MissedWishes& wishes)
      : store_(store),
        clock_(clock),
        layout_(layout),
        sender_(sender),
        wishes_(wishes),
        ledger_(store, clock, layout) {}

  MissedSummary run() {
    for (const Sending& sending : sendings()) {
      if (wishes_.stop()) break;
      summary_.wishes += 1;
      look(sending);
    }
    return summary_;
  }

 private:
  std::vector<Sending> sendings() {
    std::vector<Sending> found;
    std::vector<NotifyTarget> own = wishes_.own;
    const auto all =
        wishes_.group.empty() ? ledger_.all_wishes() : ledger_.wishes_of(wishes_.group);
    for (const Wish& wish : all) {
      const auto ours = std::ranges::find_if(
          wishes_.own, [&](const NotifyTarget& target) { return id_of(target) == wish.id; });
      if (ours != wishes_.own.end()) {
        found.push_back({true, *ours, NamedBy::us, wish.group, wish.since});
        std::erase(own, *ours);
      } else if (wishes_.only_own) {
        continue;
      } else if (wish.target) {
        found.push_back({true, *wish.target, NamedBy::submitter, wish.group, wish.since});
      } else {
        summary_.commands += 1;
      }
    }
    for (const NotifyTarget& target : own)
      found.push_back({false, target, NamedBy::us, wishes_.group, ""});
    return found;
  }

  void look(const Sending& sending) {
    const auto sent = ledger_.all_sent(id_of(sending.target));
    const auto is_sent = [&](const std::string& id) {
      return sent.contains(NotifyLedger::sent_name(id));
    };
    std::map<std::string, IndexEntry> known;
    JobIndex index(store_, clock_, layout_);
    const auto note = [&](const IndexEntry& entry) { known[entry.job] = entry; };
    std::set<std::string> jobs;
    if (sending.group.empty()) {
      static_cast<void>(index.read(note, nullptr));
      for (const auto& [job, entry] : known) jobs.insert(job);
    } else {
      jobs = JobGroups(store_, clock_, layout_).jobs_of(sending.group);
      static_cast<void>(index.read_of(jobs, note, nullptr));
    }
    // What the index shows as ended and sent needs no further look. Of all others the log counts:
    // the index of a worker that was killed may be behind.
    std::erase_if(jobs, [&](const std::string& job) {
      const auto entry = known.find(job);
      return entry != known.end() && is_end(entry->second.state) &&
             (entry->second.state == JobState::cancelled ||
              is_sent(notice_id(job, entry->second.number)));
    });
    collected_ = false;
    std::vector<JobEnd> ends = ends_of(jobs, sending.group);
    failures_ = 0;
    for (const JobEnd& end : ends) {
      if (end.state == JobState::cancelled || end.when < sending.since) continue;
      const Notice notice = notice_of(end);
      if (!is_sent(notice.id) && !is_silenced(sending, end.job)) send(sending, notice);
      if (wishes_.stop()) return;
    }
    // A group that is being cleaned up finished long ago.
    if (sending.group.empty() || collected_) return;
    const auto finished = GroupWatch(store_, clock_, layout_, sending.group).look();
    if (!finished) {
      summary_.open += 1;
      return;
    }
    const Notice notice = notice_of(*finished, to_text(clock_.wall()));
    if (!is_sent(notice.id)) send(sending, notice);
  }

  // Somebody has taken the wish back for this job.
  bool is_silenced(const Sending& sending, const std::string& job) {
    if (!sending.wished) return false;
    std::set<std::string> wished{id_of(sending.target)};
    ledger_.leave_out_silenced(job, wished);
    return wished.empty();
  }

  // Those that have ended, by time. One whose result was collected since, long after its end, is
  // none any more that somebody waits to hear of.
  std::vector<JobEnd> ends_of(const std::set<std::string>& jobs, const std::string& group) {
    std::vector<JobEnd> ends;
    ThreadPool pool(kReaders, /*background=*/false);
    for (const std::string& job : jobs) {
      if (wishes_.stop()) break;
      pool.give([&, job] {
        const auto id = JobId::parse(job);
        if (!id) return;
        JobLog log(store_, clock_, *id);
        std::optional<Record> newest;
        try {
          newest = log.read(clock_.now() + kRequest);
        } catch (const Error& error) {
          if (error.kind() != ErrorKind::corrupt) throw;
        }
        if (!newest || !is_end(newest->state)) return;
        if (newest->state != JobState::cancelled && !newest->by.empty()) {
          pool.alone([&] { collected_ = true; });
          return;
        }
        pool.alone([&] { ends.push_back(job_end(*id, group, *newest)); });
      });
    }
    pool.finish();
    std::ranges::sort(ends, [](const JobEnd& a, const JobEnd& b) {
      return std::tie(a.when, a.job) < std::tie(b.when, b.job);
    });
    return ends;
  }

  void send(const Sending& sending, const Notice& notice) {
    if (failures_ >= kFailuresMax) {  // It is away.
      summary_.failed += 1;
      return;
    }
    std::string error;
    if (!wishes_.dry_run) {
      try {
        sender_.send(notice, sending.target, sending.by, clock_.now() + Outbox::kTryMax);
        ledger_.note_sent(id_of(sending.target), notice.id);
      } catch (const Error& failure) {
        error = failure.what();
      }
    }
    failures_ = error.empty() ? 0 : failures_ + 1;
    (error.empty() ? summary_.sent : summary_.failed) += 1;
    if (wishes_.tell) wishes_.tell(notice, sending.target, error);
  }

  Store& store_;
  const Clock& clock_;
  const FleetLayout& layout_;
  NoticeSender& sender_;
  const MissedWishes& wishes_;
  NotifyLedger ledger_;
  MissedSummary summary_;
  int failures_ = 0;        // In a row, of this target.
  bool collected_ = false;  // Of some job of this sending something was taken away.
};

}  // namespace

MissedSummary send_missed(Store& store, const Clock& clock, const FleetLayout& layout,
                          NoticeSender& sender, const MissedWishes& wishes) {
  return Look(store, clock, layout, sender, wishes).run();
}

}  // namespace holdfast
