// A Store that tells the job index of every log record that passes: what was appended, and what was
// read, which mends the entry of a job whose last change was not noted. So whoever changes a job
// need not know that there is an index. Any thread.
#pragma once

#include <functional>

#include "core/job.h"
#include "core/record.h"
#include "ports/forwarding_store.h"

namespace holdfast {

class IndexedStore final : public ForwardingStore {
 public:
  // The job's newest record, as far as this store knows. Must not wait.
  using Tell = std::function<void(const JobId& job, const Record& record)>;

  // Borrows `inner`.
  IndexedStore(Store& inner, Tell tell) : ForwardingStore(inner), tell_(std::move(tell)) {}

  std::optional<std::string> get(const std::string& key, std::uint64_t size_bytes_max,
                                 TimePoint deadline) override;
  CreateOutcome create(const std::string& key, std::string_view bytes, TimePoint deadline) override;

 private:
  void tell_of(const std::string& key, std::string_view bytes);

  const Tell tell_;
};

}  // namespace holdfast
