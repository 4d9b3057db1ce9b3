#include "adapters/sqlite/sqlite_queue_view.h"

#include "adapters/sqlite/consumer_lock.h"

namespace holdfast {

namespace {

// The job's id as the body has it: a copy of a message has an id of its own.
constexpr std::string_view kJobOfMessage =
    "case when json_valid(cast(body as text)) "
    "then cast(json_extract(cast(body as text), '$.job_id') as text) end";

}  // namespace

SqliteQueueView::SqliteQueueView(const std::filesystem::path& folder)
    : queue_(folder),
      count_(queue_.database(), "select count(distinct message_id) from message where box = ?"),
      letters_(queue_.database(),
               "select min(place) as first, message_id from message where box = ? "
               "group by message_id order by first limit ?"),
      header_(queue_.database(), "select value from header where place = ? and name = ?") {}

std::uint64_t SqliteQueueView::jobs_in(QueueBox box) {
  count_.with(static_cast<std::int64_t>(box));
  const auto found = count_.next_row() ? static_cast<std::uint64_t>(count_.number(0)) : 0;
  count_.restart();
  return found;
}

std::uint64_t SqliteQueueView::unfinished() {
  return jobs_in(QueueBox::jobs);
}

std::set<std::string> SqliteQueueView::unfinished_ids() {
  Statement find(queue_.database(), "select distinct " + std::string(kJobOfMessage) +
                                        " as job from message "
                                        "where box = ? and job is not null");
  find.with(static_cast<std::int64_t>(QueueBox::jobs));
  std::set<std::string> ids;
  while (find.next_row()) ids.emplace(find.text(0));
  find.restart();
  return ids;
}

std::optional<QueuedJob> SqliteQueueView::find(const std::string& job_id, WallTime now) {
  Statement find(queue_.database(),
                 "select place, ifnull(holder, ''), not_before_ms from message "
                 "where box = ?1 and " +
                     std::string(kJobOfMessage) +
                     " = ?2 "
                     "order by holder is null, place limit 1");
  find.with(static_cast<std::int64_t>(QueueBox::jobs), std::string_view(job_id));
  if (!find.next_row()) return std::nullopt;
  QueuedJob job;
  const std::int64_t place = find.number(0);
  const std::string holder(find.text(1));
  job.held = !holder.empty() && !consumer_gone(queue_.consumers(), holder);
  const std::int64_t not_before = find.number(2);
  if (!job.held && not_before > wall_milliseconds(now)) {
    job.not_before = WallTime(std::chrono::milliseconds(not_before));
  }
  sweep_consumer_locks(queue_.consumers());
  for (const auto& file : std::filesystem::directory_iterator(queue_.consumers())) {
    job.any_consumer = job.any_consumer || file.path().extension() == ".lock";
  }
  Statement before(queue_.database(),
                   "select count(*) from message where box = ?1 and place < ?2 and holder is null "
                   "and not_before_ms <= ?3");
  before.with(static_cast<std::int64_t>(QueueBox::jobs), place, wall_milliseconds(now));
  if (before.next_row()) job.ahead = static_cast<std::uint64_t>(before.number(0));
  return job;
}

std::uint64_t SqliteQueueView::dead() {
  return jobs_in(QueueBox::dead);
}

std::string SqliteQueueView::header(std::int64_t place, const std::string& name) {
  header_.with(place, name);
  std::string value;
  if (header_.next_row()) value = header_.text(0);
  header_.restart();
  return value;
}

std::vector<DeadJob> SqliteQueueView::dead_letters(std::size_t count_max) {
  std::vector<DeadJob> letters;
  letters_.with(static_cast<std::int64_t>(QueueBox::dead), static_cast<std::int64_t>(count_max));
  while (letters_.next_row()) {
    const std::int64_t place = letters_.number(0);
    letters.push_back({std::string(letters_.text(1)), header(place, "holdfast-reason"),
                       header(place, "holdfast-error")});
  }
  return letters;
}

}  // namespace holdfast
