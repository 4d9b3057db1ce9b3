// Removes what the store holds of a job that has ended, except its log: a worker that gets its
// message, even of a new submission, still sees that the job is done.
//
// First a record of the same kind as before is appended, with the person's name. It names no
// checkpoint and, if the result of a completed job is removed too, an empty list of outputs. So no
// reader of the newest record looks for removed data, and a job that is requeued later starts from
// the beginning. If a job is requeued meanwhile, nothing that its new attempts store is removed. A
// result of a former epoch stays until the job completes again. Then the objects are removed, and
// last the lists that name them. If this is interrupted, repeating it removes the rest.
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
