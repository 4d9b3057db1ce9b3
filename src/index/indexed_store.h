// A Store that tells the job index of every log record that passes: what was appended, and what was
// read, which mends the entry of a job whose last change was not noted. So whoever changes a job
// need not know that there is an index. Any thread.
#pragma once

#include "index/index_thread.h"
#include "ports/forwarding_store.h"

namespace holdfast {

class IndexedStore final : public ForwardingStore {
 public:
  // Borrows both.
  IndexedStore(Store& inner, IndexThread& index) : ForwardingStore(inner), index_(index) {}

  std::optional<std::string> get(const std::string& key, std::uint64_t size_bytes_max,
                                 TimePoint deadline) override;
  CreateOutcome create(const std::string& key, std::string_view bytes, TimePoint deadline) override;

 private:
  void tell(const std::string& key, std::string_view bytes);

  IndexThread& index_;
};

}  // namespace holdfast
