// Takes away what the store holds of a job that has ended, and leaves its log: whoever meets its
// message, or submits it again, still learns that it is done.
//
// A record is appended first, of the same kind as before, by the person who wished it. It names no
// checkpoint and, if a completed job's result goes as well, an empty list of outputs: so nobody who
// reads the newest record misses what is gone, and a job that is brought back later starts from the
// beginning. Of a job that is brought back meanwhile nothing goes that its new attempts store. The
// result of a former epoch stays until the job completes again. Then objects go, and last the lists
// that say what they were. Broken off anywhere and repeated, the rest goes.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "core/job.h"
#include "core/record.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

enum class Keep {
  results,  // Checkpoints go, and what attempts hold of the result beside the result itself.
  log,      // What its attempts printed stays, and the record of what became of it.
  nothing,  // But the record.
};

struct Collected {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t uploads = 0;  // Begun in parts and never finished; how large is not known.

  void add(const Collected& more) {
    objects += more.objects;
    bytes += more.bytes;
    uploads += more.uploads;
  }
};

enum class Collecting { remove, only_count };

// When the job ended, in seconds since 1970 by the clock of its worker; 0 if nobody wrote it down.
std::int64_t ended_at(const Record& newest);

// `newest` is the job's newest record. nullopt if the job has not ended, or goes on by now: then
// nothing is done. Stops early if asked to. Throws Error.
std::optional<Collected> collect_job(Store& store, const Clock& clock, const JobId& id,
                                     const Record& newest, Keep keep, Collecting collecting,
                                     const std::string& by, const std::stop_token& stop);

}  // namespace holdfast
