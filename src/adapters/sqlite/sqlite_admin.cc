#include "adapters/sqlite/sqlite_admin.h"

namespace holdfast {

SqliteAdmin::SqliteAdmin(const std::filesystem::path& folder, const Clock& clock)
    : folder_(folder), clock_(clock) {}

SqliteQueue& SqliteAdmin::queue() {
  if (!queue_) queue_.emplace(folder_);
  return *queue_;
}

std::vector<SetupFinding> SqliteAdmin::setup(TimePoint) {
  const bool opens_now = !queue_;
  SetupFinding finding;
  finding.queue = folder_.string();
  finding.outcome = queue().created() && opens_now ? SetupFinding::Outcome::created
                                                   : SetupFinding::Outcome::as_wanted;
  return {finding};
}

QueueCounts SqliteAdmin::counts(TimePoint) {
  Statement statement(queue().database(),
                      "select "
                      "count(*) filter (where box = ?1 and holder is null and not_before_ms <= ?3),"
                      "count(*) filter (where box = ?1 and holder is not null),"
                      "count(*) filter (where box = ?1 and holder is null and not_before_ms > ?3),"
                      "count(*) filter (where box = ?2),"
                      "count(*) filter (where box = ?4) from message");
  statement.with(static_cast<std::int64_t>(QueueBox::jobs),
                 static_cast<std::int64_t>(QueueBox::dead), wall_milliseconds(clock_.wall()),
                 static_cast<std::int64_t>(QueueBox::held));
  QueueCounts counts;
  if (!statement.next_row()) return counts;
  counts.waiting = static_cast<std::uint64_t>(statement.number(0));
  counts.in_flight = static_cast<std::uint64_t>(statement.number(1));
  counts.retrying = static_cast<std::uint64_t>(statement.number(2));
  counts.dead = static_cast<std::uint64_t>(statement.number(3));
  counts.held = static_cast<std::uint64_t>(statement.number(4));
  return counts;
}

}  // namespace holdfast
