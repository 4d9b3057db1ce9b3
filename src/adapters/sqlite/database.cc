#include "adapters/sqlite/database.h"

#include <sqlite3.h>

#include "base/log.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

ErrorKind kind_of(int code) {
  switch (code & 0xff) {  // The low byte is the error, the rest says where inside SQLite.
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorKind::unavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorKind::corrupt;
    case SQLITE_TOOBIG:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_ERROR:
      return ErrorKind::rejected;
    default:  // No room, no permission, a disk that fails.
      return ErrorKind::machine;
  }
}

}  // namespace

Database::Database(const std::filesystem::path& file) : file_(file) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &opened, flags, nullptr);
  handle_.reset(opened);
  if (code != SQLITE_OK) throw error(code);
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, static_cast<int>(kLockWaitMax.count()));

  switch_to_write_ahead_log();
  run("pragma synchronous=full; pragma foreign_keys=on;");
}

// Of several processes that open a new file at once, SQLite tells all but one that it is locked,
// without the wait that it grants everywhere else. So we wait, the way it does.
void Database::switch_to_write_ahead_log() {
  constexpr const char* kSwitch = "pragma journal_mode=wal";
  constexpr std::chrono::milliseconds kPause{5};
  for (std::chrono::milliseconds waited{0}; waited < kLockWaitMax; waited += kPause) {
    const int code = sqlite3_exec(handle_.get(), kSwitch, nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) break;
    if (kind_of(code) != ErrorKind::unavailable) throw error(code);
    sqlite3_sleep(static_cast<int>(kPause.count()));
  }
  Statement journal(*this, kSwitch);
  if (!journal.next_row() || journal.text(0) != "wal") {
    throw Error(ErrorKind::machine, "cannot use " + file_.string() +
                                        ": its file system cannot share memory between "
                                        "processes; choose a folder on a local disk");
  }
}

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}

void Database::run(const char* statements) {
  const int code = sqlite3_exec(handle_.get(), statements, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw error(code);
}

std::int64_t Database::format() {
  Statement statement(*this, "pragma user_version");
  return statement.next_row() ? statement.number(0) : 0;
}

void Database::set_format(std::int64_t format) {
  run(("pragma user_version=" + std::to_string(format)).c_str());
}

std::int64_t Database::rows_changed() const {
  return sqlite3_changes64(handle_.get());
}

std::int64_t Database::last_row_key() const {
  return sqlite3_last_insert_rowid(handle_.get());
}

Error Database::error(int code) const {
  std::string what = "cannot use " + file_.string() + ": ";
  what += handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_.get());
  if (kind_of(code) == ErrorKind::unavailable) what += "; another process keeps it locked";
  return Error(kind_of(code), what);
}

Statement::Statement(Database& database, std::string_view text) : database_(database) {
  sqlite3_stmt* made = nullptr;
  const int code =
      sqlite3_prepare_v3(database.handle_.get(), text.data(), static_cast<int>(text.size()),
                         SQLITE_PREPARE_PERSISTENT, &made, nullptr);
  handle_.reset(made);
  if (code != SQLITE_OK) throw database.error(code);
}

void Statement::Finalize::operator()(sqlite3_stmt* handle) const {
  sqlite3_finalize(handle);
}

bool Statement::next_row() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    restart();
    return false;
  }
  const Error error = database_.error(code);
  restart();
  throw error;
}

void Statement::run() {
  while (next_row()) {
    // A statement's rows come to an end.
  }
}

void Statement::restart() {
  sqlite3_reset(handle_.get());
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

std::string_view Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

bool Statement::null(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

void Statement::bind(int place, std::int64_t value) {
  check_bound(sqlite3_bind_int64(handle_.get(), place + 1, value));
}

// An empty view may hold no pointer, which SQLite would store as NULL.
void Statement::bind(int place, std::string_view value) {
  const char* bytes = value.empty() ? "" : value.data();
  check_bound(sqlite3_bind_text64(handle_.get(), place + 1, bytes, value.size(), SQLITE_STATIC,
                                  SQLITE_UTF8));
}

void Statement::bind(int place, Blob value) {
  const char* bytes = value.bytes.empty() ? "" : value.bytes.data();
  check_bound(
      sqlite3_bind_blob64(handle_.get(), place + 1, bytes, value.bytes.size(), SQLITE_STATIC));
}

void Statement::check_bound(int code) const {
  if (code != SQLITE_OK) throw database_.error(code);
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.run("begin immediate");
}

void Transaction::commit() {
  database_.run("commit");
  open_ = false;
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.run("rollback");
  } catch (const Error& error) {
    // SQLite rolls back by itself when the disk is full, and on the next opening in any case.
    log(LogLevel::debug, "rollback was not needed", {{"reason", error.what()}});
  }
}

}  // namespace holdfast
