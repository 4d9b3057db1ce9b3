// A ledger of submissions in one SQLite file. It may hold several targets, each with its own jobs:
// the same list can go to a test queue and then to the real one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sqlite/database.h"
#include "ports/ledger.h"

namespace holdfast {

class SqliteLedger final : public Ledger {
 public:
  // Opens the file, creating it if absent. `target` names the queue.
  SqliteLedger(const std::filesystem::path& file, const std::string& target);

  void begin_list() override;
  LedgerEntry note(const std::string& job_id, std::uint64_t line,
                   std::uint64_t fingerprint) override;
  std::optional<bool> submitted(const std::string& job_id, std::uint64_t fingerprint) override;
  void confirm(const std::string& job_id) override;
  void commit() override;
  void forget() override;
  std::vector<std::string> unlisted() override;
  std::uint64_t content_of(const std::string& job_id) override;
  void change(const std::string& job_id, std::uint64_t fingerprint) override;
  std::uint64_t submitted_count() override;

  // Confirms jobs that stand in the embedded queue `queue_file`: they were stored there by a
  // submission that was killed before it could note so. The queue must be the ledger's target.
  void confirm_those_in(const std::filesystem::path& queue_file);

 private:
  // Writes are collected until commit().
  void begin_if_needed();

  Database database_;
  std::int64_t target_ = 0;
  std::int64_t pass_ = 0;
  std::optional<Transaction> transaction_;

  Statement add_;
  Statement note_again_;
  Statement find_;
  Statement confirm_;
};

}  // namespace holdfast
