#include "adapters/sqlite/sqlite_dead_letters.h"

#include "base/check.h"

namespace holdfast {

SqliteDeadLetters::SqliteDeadLetters(const std::filesystem::path& folder, QueueBox box)
    : queue_(folder),
      box_(box),
      next_(queue_.database(),
            "select place, message_id, body from message where box = ? and place > ? "
            "order by place limit 1"),
      headers_(queue_.database(), "select name, value from header where place = ? order by number"),
      remove_(queue_.database(), "delete from message where place = ?") {}

std::optional<DeadLetter> SqliteDeadLetters::next(TimePoint) {
  if (!next_.with(static_cast<std::int64_t>(box_), place_).next_row()) {
    return std::nullopt;
  }
  place_ = next_.number(0);
  DeadLetter letter;
  letter.message_id = next_.text(1);
  letter.body = next_.text(2);
  next_.restart();
  headers_.with(place_);
  while (headers_.next_row()) letter.headers.emplace_back(headers_.text(0), headers_.text(1));
  return letter;
}

void SqliteDeadLetters::remove(TimePoint) {
  check(place_ != 0, "a letter is read before it is removed");
  remove_.with(place_).run();
}

}  // namespace holdfast
