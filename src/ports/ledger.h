// What was submitted where: remembers of every job of a list whether the queue has confirmed it, so
// that a submission that was broken off and repeated sends the rest only. Adapter: SQLite.
//
// Failures are Error: `rejected` (disk full, access), `corrupt`, `unavailable` (another process
// holds the file). One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace holdfast {

// What the ledger knows of a job that stands in the list.
struct LedgerEntry {
  // The same id stands in this list already, at this line; nothing was noted.
  std::optional<std::uint64_t> listed_at_line;
  // The queue has confirmed it, in this run or an earlier one.
  bool submitted = false;
  // It was submitted with other content.
  bool changed = false;
};

class Ledger {
 public:
  virtual ~Ledger() = default;

  // Begins a new pass of check over a list; ids noted before it are no duplicates.
  virtual void begin_list() = 0;

  // Notes a job of the list. `fingerprint` stands for its content.
  virtual LedgerEntry note(const std::string& job_id, std::uint64_t line,
                           std::uint64_t fingerprint) = 0;

  // Whether a job that was noted since begin_list() is submitted; nullopt if it was not noted, or
  // with another fingerprint.
  virtual std::optional<bool> submitted(const std::string& job_id, std::uint64_t fingerprint) = 0;

  // The queue has the job. Durable against the end of this process after commit().
  virtual void confirm(const std::string& job_id) = 0;
  virtual void commit() = 0;

  // Forgets what was confirmed: all jobs are to be sent anew.
  virtual void forget() = 0;

  // Submitted jobs that the list does not name that begin_list() began.
  virtual std::vector<std::string> unlisted() = 0;

  // The fingerprint of what was submitted of a job that was noted.
  virtual std::uint64_t content_of(const std::string& job_id) = 0;

  // A submitted job has this content now.
  virtual void change(const std::string& job_id, std::uint64_t fingerprint) = 0;

  // How many jobs are submitted.
  virtual std::uint64_t submitted_count() = 0;
};

}  // namespace holdfast
