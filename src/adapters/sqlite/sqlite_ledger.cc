#include "adapters/sqlite/sqlite_ledger.h"

#include "holdfast/error.h"

namespace holdfast {
namespace {

constexpr std::int64_t kFormat = 1;

// `pass` tells the ids of one pass over a list from those of an earlier one.
constexpr const char* kSchema = R"(
  create table target(
    number integer primary key,
    name text not null unique,
    pass integer not null default 0
  );
  create table job(
    target integer not null,
    job_id text not null,
    pass integer not null,
    line integer not null,
    fingerprint integer not null,
    submitted integer not null,
    primary key(target, job_id)
  ) without rowid;
)";

// A ledger only saves work: what it forgets in a power cut is sent again, which is harmless. So a
// commit need not wait for the disk. The cache bounds the memory that long lists take.
constexpr const char* kSettings = "pragma synchronous=normal; pragma cache_size=-8192;";

std::int64_t open_target(Database& database, const std::string& name) {
  database.run(kSettings);
  Transaction transaction(database);
  if (database.format() == 0) {
    database.run(kSchema);
    database.set_format(kFormat);
  }
  if (database.format() != kFormat) {
    throw Error(ErrorKind::rejected, "cannot use " + database.file().string() +
                                         ": it is no ledger, or one of a newer Holdfast");
  }
  Statement(database, "insert into target(name) values(?) on conflict do nothing").with(name).run();
  Statement number(database, "select number from target where name = ?");
  number.with(name);
  if (!number.next_row()) throw Error(ErrorKind::corrupt, "a ledger forgets its target");
  const std::int64_t found = number.number(0);
  number.restart();
  transaction.commit();
  return found;
}

bool has_messages(Database& database) {
  Statement table(database, "select 1 from queue.sqlite_master where name = 'message'");
  const bool there = table.next_row();
  table.restart();
  return there;
}

std::int64_t as_stored(std::uint64_t fingerprint) {
  return static_cast<std::int64_t>(fingerprint);
}

}  // namespace

SqliteLedger::SqliteLedger(const std::filesystem::path& file, const std::string& target)
    : database_(file),
      target_(open_target(database_, target)),
      add_(database_,
           "insert into job(target, job_id, pass, line, fingerprint, submitted) "
           "values(?, ?, ?, ?, ?, 0) on conflict do nothing"),
      note_again_(
          database_,
          "update job set pass = ?3, line = ?4, "
          "fingerprint = iif(submitted, fingerprint, ?5) where target = ?1 and job_id = ?2"),
      find_(database_,
            "select submitted, fingerprint, pass, line from job where target = ? and job_id = ?"),
      confirm_(database_, "update job set submitted = 1 where target = ? and job_id = ?") {}

void SqliteLedger::begin_if_needed() {
  if (!transaction_) transaction_.emplace(database_);
}

void SqliteLedger::begin_list() {
  begin_if_needed();
  Statement(database_, "update target set pass = pass + 1 where number = ?").with(target_).run();
  Statement pass(database_, "select pass from target where number = ?");
  pass.with(target_);
  if (pass.next_row()) pass_ = pass.number(0);
  pass.restart();
}

LedgerEntry SqliteLedger::note(const std::string& job_id, std::uint64_t line,
                               std::uint64_t fingerprint) {
  begin_if_needed();
  const auto place = static_cast<std::int64_t>(line);
  add_.with(target_, job_id, pass_, place, as_stored(fingerprint)).run();
  if (database_.rows_changed() > 0) return {};  // New, as almost all are.

  LedgerEntry entry;
  find_.with(target_, job_id);
  if (!find_.next_row()) throw Error(ErrorKind::corrupt, "a ledger forgets its jobs");
  if (find_.number(2) == pass_) {
    entry.listed_at_line = static_cast<std::uint64_t>(find_.number(3));
  } else {
    entry.submitted = find_.number(0) != 0;
    entry.changed = entry.submitted && find_.number(1) != as_stored(fingerprint);
  }
  find_.restart();
  if (!entry.listed_at_line) {
    note_again_.with(target_, job_id, pass_, place, as_stored(fingerprint)).run();
  }
  return entry;
}

std::optional<bool> SqliteLedger::submitted(const std::string& job_id, std::uint64_t fingerprint) {
  find_.with(target_, job_id);
  std::optional<bool> answer;
  if (find_.next_row() && find_.number(2) == pass_) {
    const bool is_submitted = find_.number(0) != 0;
    if (is_submitted || find_.number(1) == as_stored(fingerprint)) answer = is_submitted;
  }
  find_.restart();
  return answer;
}

void SqliteLedger::confirm(const std::string& job_id) {
  begin_if_needed();
  confirm_.with(target_, job_id).run();
}

void SqliteLedger::commit() {
  if (!transaction_) return;
  transaction_->commit();
  transaction_.reset();
}

void SqliteLedger::forget() {
  begin_if_needed();
  Statement(database_, "update job set submitted = 0 where target = ?").with(target_).run();
  commit();
}

std::vector<std::string> SqliteLedger::unlisted() {
  Statement find(database_,
                 "select job_id from job where target = ? and submitted and pass <> ? "
                 "order by line");
  find.with(target_, pass_);
  std::vector<std::string> ids;
  while (find.next_row()) ids.emplace_back(find.text(0));
  find.restart();
  return ids;
}

std::uint64_t SqliteLedger::content_of(const std::string& job_id) {
  find_.with(target_, job_id);
  if (!find_.next_row()) throw Error(ErrorKind::corrupt, "a ledger forgets its jobs");
  const auto content = static_cast<std::uint64_t>(find_.number(1));
  find_.restart();
  return content;
}

void SqliteLedger::change(const std::string& job_id, std::uint64_t fingerprint) {
  begin_if_needed();
  Statement(database_, "update job set fingerprint = ? where target = ? and job_id = ?")
      .with(as_stored(fingerprint), target_, job_id)
      .run();
}

std::uint64_t SqliteLedger::submitted_count() {
  Statement count(database_, "select count(*) from job where target = ? and submitted");
  count.with(target_);
  const auto found = count.next_row() ? static_cast<std::uint64_t>(count.number(0)) : 0;
  count.restart();
  return found;
}

void SqliteLedger::confirm_those_in(const std::filesystem::path& queue_file) {
  commit();
  Statement unsure(database_, "select 1 from job where target = ? and not submitted limit 1");
  const bool any = unsure.with(target_).next_row();
  unsure.restart();
  if (!any || !std::filesystem::exists(queue_file)) return;
  Statement(database_, "attach ? as queue").with(queue_file.string()).run();
  // Its maker may have been killed before there was more than a file.
  if (has_messages(database_)) {
    Statement(database_,
              "update job set submitted = 1 where target = ? and not submitted and "
              "job_id in (select message_id from queue.message)")
        .with(target_)
        .run();
  }
  database_.run("detach queue");
}

}  // namespace holdfast
