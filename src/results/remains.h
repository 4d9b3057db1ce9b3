// Takes away all that the store has of a job that was forgotten (docs/protocol.md, Forget).
//
// First what a publisher could still copy from, then the result, so that nothing comes back that is
// gone; then checkpoints; then the lists that say what the result was, and what its attempts
// printed; last every record of its log but the newest is overwritten by a stub. No number of a log
// ever becomes free: who was away for days finds the one taken that it tries to create. Broken off
// anywhere and repeated, by any number at once, the rest goes.
#pragma once

#include <cstdint>
#include <stop_token>

#include "core/job.h"
#include "core/record.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct Remains {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t uploads = 0;  // Begun in parts and never finished; how large is not known.
  std::uint64_t records = 0;  // Of the log: they become stubs.
  // Below the job's name, and no list of its results names them: somebody else's, they stay.
  std::uint64_t strangers = 0;
  std::uint64_t damaged_lists = 0;  // Of results: what they name, nobody knows.

  void add(const Remains& more);
};

// What remove_remains() would take away. Throws Error.
Remains count_remains(Store& store, const Clock& clock, const JobId& id,
                      const std::stop_token& stop);

// `forgotten`: the newest record. Stops early if asked to. Throws Error.
Remains remove_remains(Store& store, const Clock& clock, const JobId& id, const Record& forgotten,
                       const std::stop_token& stop);

}  // namespace holdfast
