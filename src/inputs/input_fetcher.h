// Brings the inputs of a job into a folder: from the machine's cache, or from where they lie,
// several at a time, checked against their digest where one is known. Any thread may call; a few
// threads of its own do the work meanwhile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "core/input_rules.h"
#include "core/job_input.h"
#include "inputs/input_cache.h"
#include "ports/clock.h"
#include "ports/store.h"
#include "ports/versioned_listing.h"
#include "ports/web.h"

namespace holdfast {

struct Bucket {
  Store& store;
  VersionedListing& listing;
};

// What inputs are fetched through. All borrowed.
struct InputDoors {
  Store& own;  // The fleet's store: results of other jobs.
  // A bucket as a whole, without the prefix of the fleet's store; nullptr if there are no buckets
  // here.
  std::function<const Bucket*(const std::string& bucket)> bucket;
  Web& web;
};

struct InputsOutcome {
  enum class What {
    delivered,
    absent,   // No worker will ever find one of them: the job is dead.
    refused,  // This worker takes nothing from where one of them is: so is it.
    not_yet,  // One may come: the job is tried again later, and the slot is free meanwhile.
    stopped,
  };
  What what = What::delivered;
  std::string why = {};
  std::uint64_t files = 0;  // delivered
  std::uint64_t fetched_bytes = 0;
};

class InputFetcher {
 public:
  // Borrows everything.
  InputFetcher(InputDoors doors, InputRules rules, const InputCache& cache, const Clock& clock)
      : doors_(std::move(doors)), rules_(std::move(rules)), cache_(cache), clock_(clock) {}

  // Fills `directory`, which is made anew, with the inputs under their names; nothing in it can be
  // written. Throws Error: `unavailable` and `denied` of the fleet's store, `machine`.
  InputsOutcome deliver(const InputReferences& inputs, const std::filesystem::path& directory,
                        const std::stop_token& stop) const;

 private:
  const InputDoors doors_;
  const InputRules rules_;
  const InputCache& cache_;
  const Clock& clock_;
};

}  // namespace holdfast
