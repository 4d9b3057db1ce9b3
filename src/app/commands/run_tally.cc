#include "app/commands/run_tally.h"

#include <limits>
#include <set>
#include <string>
#include <vector>

#include "core/index_entry.h"
#include "status/job_list.h"

namespace holdfast {

namespace {

// Anybody may cancel any id, also one that was never submitted here: such a one is none of the
// jobs.
std::uint64_t cancelled_of(const std::vector<IndexEntry>& cancelled, SqliteQueueView& queue,
                           Ledger& ledger) {
  if (cancelled.empty()) return 0;
  const std::vector<std::string> unlisted = ledger.unlisted();
  const std::set<std::string> others(unlisted.begin(), unlisted.end());
  const std::set<std::string> left = queue.unfinished_ids();
  return static_cast<std::uint64_t>(
      std::count_if(cancelled.begin(), cancelled.end(), [&](const IndexEntry& entry) {
        const bool ours =
            ledger.submitted(entry.job, 0).value_or(false) || others.contains(entry.job);
        return ours && !left.contains(entry.job);
      }));
}

}  // namespace

Tally tally_of(Store& store, SqliteQueueView& queue, Ledger& ledger, const Clock& clock) {
  JobQuestion question;
  question.filter.states = {JobState::cancelled};
  question.count_max = std::numeric_limits<std::size_t>::max();
  const JobOverview list =
      list_jobs_by_logs(store, clock, question, [](std::uint64_t) { return true; });
  Tally tally;
  tally.jobs = ledger.submitted_count();
  tally.left = queue.unfinished();
  tally.cancelled = cancelled_of(list.jobs, queue, ledger);
  tally.dead = std::max(list.counts.dead + list.damaged, queue.dead());
  const std::uint64_t others = tally.dead + tally.cancelled + tally.left;
  tally.completed = std::min(list.counts.completed, tally.jobs - std::min(tally.jobs, others));
  return tally;
}

}  // namespace holdfast
