#include "index/indexed_store.h"

#include "core/store_layout.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

// The job whose log has a record at `key`; nullopt if that is no record.
std::optional<JobId> job_of_record(const std::string& key) {
  constexpr std::string_view kLog = "/log/";
  const std::size_t end = key.rfind(kLog);
  if (end == std::string::npos) return std::nullopt;
  const std::size_t slash = key.rfind('/', end - 1);
  const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
  const auto job = JobId::parse(std::string_view(key).substr(begin, end - begin));
  if (!job || !StoreLayout(*job).record_number(key)) return std::nullopt;
  return job;
}

}  // namespace

std::optional<std::string> IndexedStore::get(const std::string& key, std::uint64_t size_bytes_max,
                                             TimePoint deadline) {
  auto bytes = ForwardingStore::get(key, size_bytes_max, deadline);
  if (bytes) tell_of(key, *bytes);
  return bytes;
}

CreateOutcome IndexedStore::create(const std::string& key, std::string_view bytes,
                                   TimePoint deadline) {
  const CreateOutcome outcome = ForwardingStore::create(key, bytes, deadline);
  if (outcome == CreateOutcome::created) tell_of(key, bytes);
  return outcome;
}

void IndexedStore::tell_of(const std::string& key, std::string_view bytes) {
  const auto job = job_of_record(key);
  if (!job) return;
  try {
    tell_(*job, record_from_json(bytes));
  } catch (const Error&) {
    // Damaged: whoever reads the log says so.
  }
}

}  // namespace holdfast
