// A Store that updates the job index with every log record that passes, appended or read.
// Reading corrects the entry of a job whose last change is not in the index yet. So code that
// changes a job need not know the index. Any thread.
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
