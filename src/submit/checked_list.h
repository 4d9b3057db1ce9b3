// Checks a list from beginning to end before anything of it is sent, and notes its jobs in the
// ledger, where duplicates show themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ports/ledger.h"
#include "submit/job_list.h"

namespace holdfast {

struct CheckedList {
  static constexpr std::size_t kFaultsKept = 100;

  std::uint64_t jobs = 0;       // That are good and there once.
  std::uint64_t submitted = 0;  // Of them, those that the queue has from an earlier run.

  std::vector<ListFault> faults;  // The first kFaultsKept.
  std::uint64_t faults_count = 0;

  // Of the fields that were asked for: which jobs lack them, and what there is instead.
  struct Lack {
    std::uint64_t jobs = 0;
    ListedJob first;
  };
  std::map<std::string, Lack> lacking;
  std::set<std::string> fields;  // Of the first jobs.

  // The lines of jobs that differ from what was submitted under their id: what was submitted
  // stands.
  std::map<std::string, std::uint64_t> changed;
};

// `asked` are the fields that each job is to have. Throws Error if the list or the ledger cannot be
// used.
CheckedList check_list(const JobList& list, Ledger& ledger, const std::set<std::string>& asked);

}  // namespace holdfast
