// The list of a job's outputs as it lies in the store, read page by page: it may be longer than
// memory.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/output_list.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

class StoredOutputs {
 public:
  // The list of `attempt`, whose `completed` record says `digest`. Borrows store and clock. Throws
  // Error (corrupt) if it is gone or is not what the digest was taken of.
  StoredOutputs(Store& store, const Clock& clock, const StoreLayout& layout, AttemptNumber attempt,
                const std::string& digest);

  std::uint64_t count() const noexcept { return list_.count; }
  std::uint64_t size_bytes() const noexcept { return list_.size_bytes; }
  const std::optional<Provenance>& made_by() const noexcept { return list_.made_by; }
  // Where an output lies until it is published.
  std::string key_of(const Output& output) const;

  // Visits the outputs in order; false ends it early. Throws Error, as the constructor.
  void for_each_page(const std::function<bool(const std::vector<Output>&)>& visit) const;

 private:
  Store& store_;
  const Clock& clock_;
  const StoreLayout layout_;
  OutputList list_;
  AttemptNumber stored_by_;
};

}  // namespace holdfast
