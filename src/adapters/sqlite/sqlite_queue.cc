#include "adapters/sqlite/sqlite_queue.h"

#include <string>

#include "holdfast/error.h"

namespace holdfast {
namespace {

constexpr std::int64_t kFormat = 1;

// `place` is the order of delivery: a message that is handed back keeps it and so comes first.
// `orphaned`: the last holder's process ended while it held the message.
constexpr const char* kSchema = R"(
  create table message(
    place integer primary key autoincrement,
    box integer not null,
    message_id text not null,
    body blob not null,
    holder text,
    handed_out integer not null default 0,
    orphaned integer not null default 0,
    delay_ms integer not null default 0,
    not_before_ms integer not null default 0
  );
  create index free_message on message(box, place) where holder is null;
  create index delayed_message on message(box, not_before_ms)
    where holder is null and not_before_ms > 0;
  create index held_message on message(holder) where holder is not null;
  create table header(
    place integer not null references message(place) on delete cascade,
    number integer not null,
    name text not null,
    value blob not null,
    primary key(place, number)
  ) without rowid;
)";

const std::filesystem::path& with_folders(const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder / "consumers", code);
  if (code) {
    throw Error(ErrorKind::machine,
                "cannot create the queue folder " + folder.string() + ": " + code.message());
  }
  return folder;
}

}  // namespace

SqliteQueue::SqliteQueue(const std::filesystem::path& folder)
    : folder_(with_folders(folder)),
      database_(folder / "queue.sqlite"),
      bell_(folder / "consumers") {
  if (database_.format() == 0) {
    Transaction transaction(database_);
    created_ = database_.format() == 0;  // Another process may have been first.
    if (created_) {
      database_.run(kSchema);
      database_.set_format(kFormat);
    }
    transaction.commit();
  }
  if (database_.format() != kFormat) {
    throw Error(ErrorKind::rejected, "cannot use " + database_.file().string() +
                                         ": it is no queue, or one of a newer Holdfast");
  }
}

std::int64_t wall_milliseconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace holdfast
