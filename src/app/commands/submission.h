// Submitting a list, as `submit` and `run` both do it: mistakes and progress are told to the
// person.
#pragma once

#include <map>
#include <set>
#include <string>

#include "app/commands/commands.h"
#include "ports/ledger.h"
#include "ports/queue.h"
#include "submit/checked_list.h"
#include "submit/job_list.h"
#include "submit/submitter.h"

namespace holdfast {

// Throws UsageError if it cannot be read.
JobList open_list(const std::string& name);

// Checks the whole list. Its mistakes are told, a line each; then UsageError. `asked` are the
// fields that the command asks for: one that no job has is a UsageError.
CheckedList check_and_tell(const JobList& list, Ledger& ledger, const std::set<std::string>& asked);

// "1 job", "2 jobs".
std::string jobs_text(std::uint64_t count);

// Tells of jobs that were submitted with other content, and what that means.
void tell_changed(const JobList& list, const std::map<std::string, std::uint64_t>& changed,
                  const std::string& what_stands);

// What --update means, for a list whose changes were not asked for, and for jobs that it left.
extern const char* const kUpdateMayChange;
extern const char* const kStayAsTheyWere;

struct Sent {
  std::uint64_t confirmed = 0;
  int signal = 0;  // That came first; 0: none did.
};

// Sends what is left of a checked list. Throws Error.
Sent send_and_tell(const JobList& list, const CheckedList& checked, Publisher& publisher,
                   Ledger& ledger, SubmitterWishes wishes, const CommandContext& context);

}  // namespace holdfast
