// What is left of a job's results of former epochs, when one of a later epoch takes their place.
//
// A worker of a former epoch may wake up at any time and go on publishing. It copies inside the
// store, from what its attempt had stored, so that goes first: then nothing can be copied over the
// new result any more, however late. Lists go last, so that what is broken off can be finished.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"
#include "results/stored_outputs.h"

namespace holdfast {

class FormerOutputs {
 public:
  // Those of attempts before `first`, which is the first of the newest epoch. Throws Error.
  FormerOutputs(Store& store, const Clock& clock, const StoreLayout& layout, AttemptNumber first);

  // Before the new result is published. Throws Error.
  void cut_off();
  // After that: files that have no successor, and all that was known of them. Throws Error.
  void remove_what_is_not_in(const StoredOutputs& result);

 private:
  void remove(const std::vector<std::string>& keys);
  void remove_files_of(AttemptNumber attempt, const std::set<std::string>& successors);

  Store& store_;
  const Clock& clock_;
  const StoreLayout layout_;
  std::vector<std::string> files_;
  std::vector<std::string> pages_;
  std::vector<AttemptNumber> lists_;  // Attempts that have one.
};

}  // namespace holdfast
