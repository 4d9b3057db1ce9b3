// How fast jobs are completed: by the newest completions of the last day, from the first of them
// on. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

#include "status/job_list.h"

namespace holdfast {

class Pace {
 public:
  // A job was completed at `changed` after it ran so long; times in seconds since 1970.
  void add(std::int64_t changed, std::uint64_t ran_seconds, std::int64_t now);

  Throughput throughput(std::int64_t now) const;

 private:
  std::multiset<std::pair<std::int64_t, std::int64_t>> newest_;  // Completed, started.
  bool more_ = false;                                            // Than are kept.
};

}  // namespace holdfast
