#include "joblog/kept_job.h"

#include <variant>

#include "core/store_layout.h"

namespace holdfast {

namespace {

std::map<std::string, std::string> fields_of(const std::string& body) {
  auto parsed = parse_job(body);
  auto* job = std::get_if<Job>(&parsed);
  if (job == nullptr) return {{"", body}};
  std::erase_if(job->fields, [](const auto& field) { return field.second.empty(); });
  return std::move(job->fields);
}

}  // namespace

std::optional<std::string> read_kept_job(Store& store, const JobId& id, TimePoint deadline) {
  const StoreLayout layout(id);
  if (const auto first = store.get(layout.record(1), kRecordBytesMax, deadline)) {
    const Record record = record_from_json(*first);
    if (!record.job.empty()) return record.job;
  }
  return store.get(layout.job(), kJobBytesMax, deadline);
}

bool same_job(const std::string& one, const std::string& other) {
  return one == other || fields_of(one) == fields_of(other);
}

Content content_of(const Job& job, const Record& newest, Store& store, TimePoint deadline) {
  // Nothing of it is kept: whatever has its id is settled with it.
  if (is_forgotten(newest)) return Content::same;
  const std::uint64_t content = fingerprint(job.body);
  if (is_replaced(newest, content)) return Content::replaced;
  const bool changed = newest.revision.content != 0;
  if (changed && newest.revision.content == content) return Content::same;
  const auto kept = read_kept_job(store, job.id, deadline);
  // Whoever changes a job says so before it keeps the new one.
  if (!kept) return changed ? Content::other : Content::same;
  return same_job(*kept, job.body) ? Content::same : Content::other;
}

}  // namespace holdfast
