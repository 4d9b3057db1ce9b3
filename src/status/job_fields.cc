#include "status/job_fields.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <variant>

#include "base/thread_pool.h"
#include "holdfast/error.h"
#include "joblog/kept_job.h"

namespace holdfast {

namespace {

constexpr int kReaders = 16;
constexpr std::size_t kReadAhead = 512;  // Jobs.
constexpr Duration kRequest = std::chrono::seconds(30);

JobFields fields_of(Store& store, const Clock& clock, const std::string& job) {
  const auto id = JobId::parse(job);
  if (!id) return {};
  try {
    const auto body = read_kept_job(store, *id, clock.now() + kRequest);
    if (!body) return {};
    auto parsed = parse_job(*body);
    if (auto* known = std::get_if<Job>(&parsed)) return std::move(known->fields);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
  }
  return {};
}

std::optional<double> number_in(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

}  // namespace

std::vector<JobFields> fields_of_jobs(Store& store, const Clock& clock,
                                      const std::vector<IndexEntry>& jobs) {
  std::vector<JobFields> all(jobs.size());
  ThreadPool readers(kReaders, /*background=*/false);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    readers.give([&, i] { all[i] = fields_of(store, clock, jobs[i].job); });
  }
  readers.finish();
  return all;
}

bool WantedField::holds(const JobFields& fields) const {
  const auto field = fields.find(name);
  if (field == fields.end()) return false;
  if (field->second == value) return true;
  const auto wanted = number_in(value);
  return wanted && number_in(field->second) == wanted;
}

std::vector<JobWithFields> jobs_with_fields(Store& store, const Clock& clock,
                                            const std::vector<IndexEntry>& jobs,
                                            const std::vector<WantedField>& wanted,
                                            std::size_t count_max) {
  std::vector<JobWithFields> found;
  for (std::size_t begin = 0; begin < jobs.size() && found.size() < count_max;) {
    const std::size_t end = std::min(begin + kReadAhead, jobs.size());
    const std::vector<IndexEntry> part(jobs.begin() + static_cast<std::ptrdiff_t>(begin),
                                       jobs.begin() + static_cast<std::ptrdiff_t>(end));
    auto fields = fields_of_jobs(store, clock, part);
    for (std::size_t i = 0; i < part.size() && found.size() < count_max; ++i) {
      const bool all = std::all_of(wanted.begin(), wanted.end(),
                                   [&](const WantedField& one) { return one.holds(fields[i]); });
      if (all) found.push_back({part[i], std::move(fields[i])});
    }
    begin = end;
  }
  return found;
}

}  // namespace holdfast
