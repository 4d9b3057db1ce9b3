// Whether a store refuses a conditional write when it must: everything that Holdfast promises about
// two workers at one job rests on that (docs/protocol.md, The log). Some stores do not know the
// condition, and some ignore it in silence.
#pragma once

#include <string>

#include "base/random.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

enum class [[nodiscard]] Fence{
    holds,    // A second create of the same key is refused and changes nothing.
    ignored,  // A second create succeeds, or replaces what the first one wrote.
    missing,  // The store takes plain writes and no conditional ones.
};

// Objects that are only there to try something lie below this folder, which is no job's.
inline constexpr const char* kProbeFolder = ".holdfast-probe";

// An object of that folder; removed, whether it was made or not, when this goes away.
class ProbeObject {
 public:
  // Borrows store and clock.
  ProbeObject(Store& store, const Clock& clock, Random& random);
  ~ProbeObject();
  ProbeObject(const ProbeObject&) = delete;
  ProbeObject& operator=(const ProbeObject&) = delete;

  const std::string& key() const noexcept { return key_; }

 private:
  Store& store_;
  const Clock& clock_;
  const std::string key_;
};

// Creates one key twice and removes it. Throws Error: `unavailable` if the store is out of reach,
// `denied` if it takes no writes from us at all.
Fence probe_fence(Store& store, const Clock& clock, Random& random, TimePoint deadline);

// What follows from a fence that does not hold, as a sentence that begins with "the store ...".
std::string what_is_wrong(Fence fence);

}  // namespace holdfast
