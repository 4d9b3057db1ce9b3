// A Store around one that has no conditional writes: create() looks, writes, and reads back what
// stands there. That is no fence: of two callers that look before either writes, both may be told
// `created`, and one that was frozen in between overwrites what others wrote meanwhile
// (docs/decisions/0014-unfenced-stores.md says what is lost). Only for who asks for it.
#pragma once

#include <cstdint>

#include "ports/forwarding_store.h"

namespace holdfast {

class UnfencedStore final : public ForwardingStore {
 public:
  // What stands under a key that others created may be larger than what we would write.
  static constexpr std::uint64_t kReadBackBytesMax = 16 * 1024 * 1024;

  using ForwardingStore::ForwardingStore;

  CreateOutcome create(const std::string& key, std::string_view bytes, TimePoint deadline) override;
};

}  // namespace holdfast
