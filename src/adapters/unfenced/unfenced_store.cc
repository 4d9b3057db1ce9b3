#include "adapters/unfenced/unfenced_store.h"

namespace holdfast {

CreateOutcome UnfencedStore::create(const std::string& key, std::string_view bytes,
                                    TimePoint deadline) {
  if (inner_.get(key, kReadBackBytesMax, deadline)) return CreateOutcome::exists;
  inner_.put(key, bytes, sha256(bytes), deadline);
  const auto there = inner_.get(key, kReadBackBytesMax, deadline);
  // Absent: a store that is behind itself. Whose bytes it will show is for the caller to read.
  return there == bytes ? CreateOutcome::created : CreateOutcome::exists;
}

}  // namespace holdfast
