// One SQLite file, its statements and its transactions. Every commit is on the disk before the call
// returns; several processes may use the file at once, but it must lie on a local file system.
//
// Failures are Error: `unavailable` when another process kept the file locked for longer than
// kLockWaitMax, `corrupt` when it is damaged or no database, else `rejected` (disk full, access).
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "holdfast/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace holdfast {

// Bytes that are no text, as a parameter.
struct Blob {
  std::string_view bytes;
};

// Belongs to one thread.
class Database {
 public:
  static constexpr std::chrono::milliseconds kLockWaitMax{20'000};

  // Opens the file, creating it if it is absent.
  explicit Database(const std::filesystem::path& file);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs statements that have no parameters and whose rows nobody needs.
  void run(const char* statements);

  // The number that the file's maker left in it with set_format(); 0 in a new file.
  std::int64_t format();
  void set_format(std::int64_t format);

  // Rows that the last statement inserted, changed or removed.
  std::int64_t rows_changed() const;
  // The integer key of the row that was inserted last.
  std::int64_t last_row_key() const;

  const std::filesystem::path& file() const { return file_; }

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* handle) const;
  };

  void switch_to_write_ahead_log();
  Error error(int code) const;

  std::filesystem::path file_;
  std::unique_ptr<sqlite3, Close> handle_;
};

// A prepared statement, used again and again. Parameters and columns count from 0.
class Statement {
 public:
  Statement(Database& database, std::string_view text);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Binds all parameters in order: integers, text, Blob. The bytes of text and blobs must live
  // until the statement has been run.
  template <typename... Values>
  Statement& with(const Values&... values) {
    restart();
    int place = 0;
    (bind(place++, values), ...);
    return *this;
  }

  // Goes to the next row; false after the last one, and then the statement holds no lock.
  [[nodiscard]] bool next_row();
  // Runs to the end, for statements whose rows nobody needs.
  void run();
  // Lets go of the rows that were not read.
  void restart();

  std::int64_t number(int column) const;
  // Text or bytes, empty for NULL. Valid until the next row.
  std::string_view text(int column) const;
  bool null(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };

  void bind(int place, std::int64_t value);
  void bind(int place, std::string_view value);
  void bind(int place, Blob value);
  void check_bound(int code) const;

  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

// Holds the file's write lock from its construction on; what was done is undone unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace holdfast
