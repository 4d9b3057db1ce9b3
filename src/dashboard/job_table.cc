#include "dashboard/job_table.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "status/pace.h"

namespace holdfast {

namespace {

constexpr double kThousand = 1000;
constexpr std::size_t kShortNumbersMax = std::numeric_limits<std::uint16_t>::max();
constexpr std::size_t kLongNumbersMax = std::numeric_limits<std::uint32_t>::max();

template <typename Value>
int order_of(const Value& a, const Value& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

}  // namespace

std::optional<JobColumn> job_column_from(std::string_view word) {
  const auto found = std::find(kJobColumns.begin(), kJobColumns.end(), word);
  if (found == kJobColumns.end()) return std::nullopt;
  return static_cast<JobColumn>(found - kJobColumns.begin());
}

std::uint32_t JobTable::Words::number_of(const std::string& word, std::size_t numbers_max) {
  const auto known = numbers_.find(word);
  if (known != numbers_.end()) return known->second;
  if (words_.size() >= numbers_max) return 0;
  const auto number = static_cast<std::uint32_t>(words_.size());
  words_.push_back(word);
  numbers_.emplace(word, number);
  return number;
}

std::optional<std::uint32_t> JobTable::Words::find(const std::string& word) const {
  const auto known = numbers_.find(word);
  return known == numbers_.end() ? std::nullopt : std::optional(known->second);
}

void JobTable::add(const IndexEntry& entry) {
  Row row;
  row.id_begin = ids_.size();
  row.id_size = static_cast<std::uint8_t>(std::min(entry.job.size(), kJobIdBytesMax));
  ids_.append(entry.job, 0, row.id_size);
  row.number = entry.number;
  row.step = entry.step.value_or(kNone);
  row.ran_seconds = entry.ran_seconds;
  row.changed = entry.changed;
  row.durable = entry.durable;
  row.spent = entry.spent;
  spent_ += entry.spent;
  row.attempt = entry.attempt;
  row.generation = entry.generation;
  row.failures = entry.failures;
  row.worker = workers_.number_of(entry.worker, kLongNumbersMax);
  row.ending = static_cast<std::uint16_t>(words_.number_of(entry.ending, kShortNumbersMax));
  row.reason = static_cast<std::uint16_t>(words_.number_of(entry.reason, kShortNumbersMax));
  if (entry.fraction) {
    const double part = std::clamp(*entry.fraction, 0.0, 1.0) * kThousand;
    row.thousandths = static_cast<std::int16_t>(std::lround(part));
  }
  row.state = entry.state;
  rows_.push_back(row);
  counts_.add(row.state);
  const std::int64_t began = row.changed - static_cast<std::int64_t>(row.ran_seconds);
  if (row.changed > 0 && (begins_ == 0 || began < begins_)) begins_ = began;
}

void JobTable::finish(std::int64_t now) {
  now_ = now;
  std::sort(rows_.begin(), rows_.end(),
            [this](const Row& a, const Row& b) { return id(a) < id(b); });
}

IndexEntry JobTable::entry(const Row& row) const {
  IndexEntry entry;
  entry.job = std::string(id(row));
  entry.number = row.number;
  entry.state = row.state;
  entry.attempt = row.attempt;
  entry.generation = row.generation;
  entry.failures = row.failures;
  if (row.thousandths >= 0) entry.fraction = row.thousandths / kThousand;
  if (row.step != kNone) entry.step = row.step;
  entry.changed = row.changed;
  entry.durable = row.durable;
  entry.spent = row.spent;
  entry.ran_seconds = row.ran_seconds;
  entry.ending = words_.word(row.ending);
  entry.reason = words_.word(row.reason);
  entry.worker = workers_.word(row.worker);
  return entry;
}

std::optional<std::int64_t> JobTable::lag(const Row& row) const {
  if (row.state != JobState::running || row.durable == 0) return std::nullopt;
  return std::max<std::int64_t>(now_ - row.durable, 0);
}

std::function<bool(const JobTable::Row&)> JobTable::taken_by(const JobFilter& filter) const {
  const auto reason = words_.find(filter.reason);
  const auto worker = workers_.find(filter.worker);
  const bool none = (!filter.reason.empty() && !reason) || (!filter.worker.empty() && !worker);
  return [this, none, &filter, reason, worker](const Row& row) {
    return !none && (filter.states.empty() || filter.states.contains(row.state)) &&
           (filter.reason.empty() || row.reason == *reason) &&
           (filter.worker.empty() || row.worker == *worker) &&
           (filter.text.empty() || id(row).find(filter.text) != std::string_view::npos);
  };
}

bool JobTable::has_value(const Row& row, JobColumn column) const {
  switch (column) {
    case JobColumn::reason:
      return row.reason != 0;
    case JobColumn::progress:
      return row.thousandths >= 0;
    case JobColumn::lag:
      return lag(row).has_value();
    case JobColumn::changed:
      return row.changed != 0;
    case JobColumn::worker:
      return row.worker != 0;
    default:
      return true;
  }
}

int JobTable::compare(const Row& a, const Row& b, JobColumn column) const {
  switch (column) {
    case JobColumn::job:
      return 0;
    case JobColumn::state:
      return order_of(a.state, b.state);
    case JobColumn::reason:
      return order_of(words_.word(a.reason), words_.word(b.reason));
    case JobColumn::attempt:
      return order_of(a.attempt, b.attempt);
    case JobColumn::progress:
      return order_of(a.thousandths, b.thousandths);
    case JobColumn::lag:
      return order_of(lag(a), lag(b));
    case JobColumn::changed:
      return order_of(a.changed, b.changed);
    case JobColumn::cost:
      return order_of(a.spent.paid(), b.spent.paid());
    case JobColumn::worker:
      return order_of(workers_.word(a.worker), workers_.word(b.worker));
  }
  return 0;
}

JobSelection JobTable::select(const JobPage& page) const {
  const auto taken = taken_by(page.filter);
  std::vector<std::uint32_t> matching;
  for (std::uint32_t i = 0; i < rows_.size(); ++i) {
    if (taken(rows_[i])) matching.push_back(i);
  }
  const auto before = [&](std::uint32_t left, std::uint32_t right) {
    const Row& a = rows_[left];
    const Row& b = rows_[right];
    const bool there = has_value(a, page.column);
    if (there != has_value(b, page.column)) return there;
    const int order = there ? compare(a, b, page.column) : 0;
    if (order != 0) return page.descending ? order > 0 : order < 0;
    const bool by_id = page.column == JobColumn::job && page.descending;
    return by_id ? left > right : left < right;  // Rows are in the order of their ids.
  };
  JobSelection selection;
  selection.matching = matching.size();
  const std::size_t first = std::min(page.first, matching.size());
  const std::size_t last = first + std::min(page.count, matching.size() - first);
  const auto at = [&](std::size_t i) { return matching.begin() + static_cast<std::ptrdiff_t>(i); };
  // Only what is shown is sorted.
  if (first < matching.size()) std::nth_element(at(0), at(first), matching.end(), before);
  std::partial_sort(at(first), at(last), matching.end(), before);
  for (std::size_t i = first; i < last; ++i) selection.jobs.push_back(entry(rows_[matching[i]]));
  return selection;
}

std::optional<IndexEntry> JobTable::find(std::string_view job) const {
  const auto found = std::lower_bound(
      rows_.begin(), rows_.end(), job,
      [this](const Row& row, std::string_view wanted) { return id(row) < wanted; });
  if (found == rows_.end() || id(*found) != job) return std::nullopt;
  return entry(*found);
}

std::vector<JobTable::Ended> JobTable::ended_by(std::int64_t from, std::int64_t width,
                                                std::size_t count) const {
  std::vector<Ended> buckets(count);
  for (const Row& row : rows_) {
    if (row.changed < from) continue;
    const auto bucket = static_cast<std::size_t>((row.changed - from) / width);
    if (bucket >= count) continue;
    buckets[bucket].completed += row.state == JobState::completed ? 1 : 0;
    buckets[bucket].dead += row.state == JobState::dead ? 1 : 0;
  }
  return buckets;
}

Throughput JobTable::throughput() const {
  Pace pace;
  for (const Row& row : rows_) {
    if (row.state == JobState::completed) pace.add(row.changed, row.ran_seconds, now_);
  }
  return pace.throughput(now_);
}

double JobTable::rest_longest() const {
  double longest = 0;
  for (const Row& row : rows_) {
    if (!is_end(row.state)) longest = std::max(longest, rest_of(entry(row), now_));
  }
  return longest;
}

AtRisk JobTable::at_risk() const {
  AtRisk risk;
  for (const Row& row : rows_) {
    const auto behind = lag(row);
    if (!behind) continue;
    risk.seconds += static_cast<std::uint64_t>(*behind);
    if (!risk.job.empty() && *behind <= risk.seconds_most) continue;
    risk.seconds_most = *behind;
    risk.job = id(row);
  }
  return risk;
}

std::map<std::string, WorkerJobs> JobTable::workers() const {
  std::map<std::string, WorkerJobs> workers;
  for (const Row& row : rows_) {
    if (row.worker == 0) continue;
    WorkerJobs& one = workers[workers_.word(row.worker)];
    one.running += row.state == JobState::running ? 1 : 0;
    one.completed += row.state == JobState::completed ? 1 : 0;
    one.dead += row.state == JobState::dead ? 1 : 0;
    one.others += row.state == JobState::waiting || row.state == JobState::cancelled ? 1 : 0;
    one.last = std::max(one.last, row.changed);
  }
  return workers;
}

std::map<std::string, std::uint64_t> JobTable::reasons() const {
  std::map<std::string, std::uint64_t> reasons;
  for (const Row& row : rows_) {
    if (row.state == JobState::dead) reasons[words_.word(row.reason)] += 1;
  }
  return reasons;
}

}  // namespace holdfast
