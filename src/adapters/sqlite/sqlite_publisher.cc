#include "adapters/sqlite/sqlite_publisher.h"

#include <algorithm>
#include <utility>

namespace holdfast {

SqlitePublisher::SqlitePublisher(const std::filesystem::path& folder, const Clock& clock)
    : clock_(clock),
      queue_(folder),
      insert_(queue_.database(),
              "insert into message(box, message_id, body, delay_ms, not_before_ms) "
              "values(?, ?, ?, ?, ?)"),
      insert_header_(queue_.database(),
                     "insert into header(place, number, name, value) values(?, ?, ?, ?)") {}

std::uint64_t SqlitePublisher::send(Message message, TimePoint) {
  const bool full = collected_.size() >= kWindowMessages || collected_bytes_ >= kWindowBytes;
  if (full) store_collected();
  collected_bytes_ += message.body.size();
  collected_.push_back(Collected{next_number_, std::move(message)});
  return next_number_++;
}

std::vector<std::uint64_t> SqlitePublisher::take_confirmed(TimePoint) {
  if (confirmed_.empty()) store_collected();
  return std::exchange(confirmed_, {});
}

std::size_t SqlitePublisher::unconfirmed() const {
  return collected_.size() + confirmed_.size();
}

void SqlitePublisher::store_collected() {
  if (collected_.empty()) return;
  Transaction transaction(queue_.database());
  for (const Collected& entry : collected_) store(entry.message);
  transaction.commit();
  queue_.bell().ring();
  for (const Collected& entry : collected_) confirmed_.push_back(entry.number);
  collected_.clear();
  collected_bytes_ = 0;
}

void SqlitePublisher::store(const Message& message) {
  const QueueBox box = message.destination == Destination::dead   ? QueueBox::dead
                       : message.destination == Destination::held ? QueueBox::held
                                                                  : QueueBox::jobs;
  const std::chrono::milliseconds delay =
      message.destination == Destination::retry ? message.delay : std::chrono::milliseconds(0);
  const std::int64_t not_before =
      delay.count() > 0 ? wall_milliseconds(clock_.wall()) + delay.count() : 0;
  insert_
      .with(static_cast<std::int64_t>(box), message.message_id, Blob{message.body},
            static_cast<std::int64_t>(delay.count()), not_before)
      .run();
  const std::int64_t place = queue_.database().last_row_key();
  std::int64_t number = 0;
  for (const auto& [name, value] : message.headers) {
    if (name.starts_with("x-")) continue;  // A broker's own, as with the other queues.
    insert_header_.with(place, number++, name, Blob{value}).run();
  }
}

}  // namespace holdfast
