// Removes a job for good, whatever its state: one append to its log stops its worker, and any later
// one; then everything that the store has of the job is removed (results/remains.h). If this is
// interrupted, repeating it removes the rest.
#pragma once

#include <optional>
#include <string>

#include "core/job.h"
#include "core/record.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct Forgetting {
  bool forgotten_now = false;
  // What its log said before; nullopt: nobody had claimed it.
  std::optional<Record> before;
  Record newest;  // Says that it is forgotten, and who may still run it.
};

// `by`: the person, for the log. Throws Error; then it may be forgotten or not: ask again.
Forgetting forget_job(Store& store, const Clock& clock, const JobId& id, const std::string& by);

// Whether the worker that ran it has said that it is gone, with all that it had stored; `newest` is
// its record then. Throws Error.
bool let_go_since(Store& store, const Clock& clock, const JobId& id, Record& newest);

}  // namespace holdfast
