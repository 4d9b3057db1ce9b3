// Removes uploaded inputs that no job needs any more (operate/uploads.h).
//
// A job needs what it names until it is forgotten, or until somebody wishes that nothing of it is
// kept. What nobody has written down as named, as earlier versions did not, stays.
//
// A copy that is to go is given up first: a mark is stored, and stays. Whoever submits from then on
// sends another copy. Then is read who names it by now, and what became of those jobs, and only
// then does it go. Broken off anywhere and repeated, the rest goes; a removal that comes late hits
// what was given up.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/locked.h"
#include "core/record.h"
#include "operate/uploads.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct SweepWishes {
  // Jobs of which nothing is to be kept, and how they ended. All others need what they name, but
  // for forgotten ones.
  std::map<std::string, JobState> released = {};
  // What ended, or was submitted, after this stays; in seconds since 1970.
  std::int64_t before = 0;
  // Only files that one of these jobs names; nullopt: all files.
  std::optional<std::set<std::string>> of_jobs = {};
};

struct Swept {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

struct UploadsUsage {
  Swept all;
  Swept unneeded;                         // Of all: every job that names it was forgotten.
  Swept unnamed;                          // Of all: nobody has written down who names it.
  std::map<std::string, Swept> by_group;  // What several groups name counts in each.
};

class UploadSweep {
 public:
  // Borrows store and clock.
  UploadSweep(Store& store, const Clock& clock, SweepWishes wishes)
      : store_(store), clock_(clock), wishes_(std::move(wishes)) {}

  // What would go by now. Throws Error.
  Swept plan();
  // Removes it. Stops early if asked to. Throws Error.
  Swept remove(const std::stop_token& stop);

  // What there is. Throws Error.
  UploadsUsage usage();

 private:
  struct Copy {
    std::string file;
    std::uint64_t number = 1;
    std::uint64_t size_bytes = 0;
  };

  void read_names();
  std::vector<Copy> copies();
  std::vector<Copy> unneeded(const std::vector<Copy>& copies);
  bool is_needed(const std::string& file);
  bool job_needs_it(const std::string& job);
  void remove_notes(const std::stop_token& stop);

  Store& store_;
  const Clock& clock_;
  const SweepWishes wishes_;

  std::map<std::string, UploadNote> notes_;               // By key.
  std::map<std::string, std::set<std::string>> jobs_of_;  // By file.
  std::map<std::string, std::int64_t> named_at_;          // By file: when it was named last.

  Locked<std::map<std::string, bool>> needs_;  // By job: what its log said.
};

}  // namespace holdfast
