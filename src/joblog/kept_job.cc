#include "joblog/kept_job.h"

#include <variant>

#include "core/record.h"
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

}  // namespace holdfast
