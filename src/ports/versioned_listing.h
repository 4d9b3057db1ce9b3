// Listings of a store that tells one version of an object from another.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/time.h"
#include "ports/store.h"

namespace holdfast {

struct ObjectVersion : ObjectEntry {
  // Another one whenever the key was given other bytes; empty: the store does not tell.
  std::string version = {};
};

class VersionedListing {
 public:
  virtual ~VersionedListing() = default;

  // As Store::list.
  virtual std::vector<ObjectVersion> list_versions(const std::string& prefix,
                                                   const std::string& after, std::size_t count_max,
                                                   TimePoint deadline) = 0;
};

}  // namespace holdfast
