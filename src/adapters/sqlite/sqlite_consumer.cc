#include "adapters/sqlite/sqlite_consumer.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/log.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

// Rings wake us; this is for the ring that was not heard.
constexpr std::chrono::milliseconds kLookInterval{1000};
// The kernel announces the end of a process shortly before it frees its locks.
constexpr std::chrono::milliseconds kLookAgainAfterRing{20};

}  // namespace

SqliteConsumer::SqliteConsumer(const std::filesystem::path& folder, QueueBox box,
                               const Clock& clock)
    : box_(box),
      clock_(clock),
      queue_(folder),
      lock_(queue_.consumers()),
      watch_(queue_.consumers()),
      holders_(queue_.database(),
               "select distinct holder from message where holder is not null and holder <> ?"),
      free_orphaned_(queue_.database(),
                     "update message set holder = null, orphaned = 1 where holder = ?"),
      restart_delays_(queue_.database(),
                      "update message set not_before_ms = ?2 + delay_ms where box = ?1 and "
                      "holder is null and not_before_ms > 0 and not_before_ms - delay_ms > ?2"),
      any_free_(queue_.database(),
                "select 1 from message where box = ? and holder is null and not_before_ms <= ? "
                "limit 1"),
      take_(queue_.database(),
            "update message set holder = ?3, handed_out = handed_out + 1 where place = "
            "(select place from message where box = ?1 and holder is null and not_before_ms <= ?2 "
            "order by place limit 1) returning place, message_id, body, handed_out, orphaned"),
      headers_(queue_.database(), "select name, value from header where place = ? order by number"),
      next_due_(queue_.database(),
                "select min(not_before_ms), max(not_before_ms - delay_ms) from message "
                "where box = ? and holder is null and not_before_ms > 0"),
      remove_(queue_.database(), "delete from message where place = ? and holder = ?"),
      hand_back_(queue_.database(),
                 "update message set holder = null, orphaned = 0, not_before_ms = 0 "
                 "where place = ? and holder = ?"),
      any_(queue_.database(), "select 1 from message where box = ? limit 1") {
  sweep_consumer_locks(queue_.consumers());
}

SqliteConsumer::~SqliteConsumer() {
  try {
    while (!held_.empty()) settle(held_.begin()->first, Settlement::hand_back);
  } catch (const Error& error) {
    log(LogLevel::warn, "messages were left to be found", {{"reason", error.what()}});
  }
}

void SqliteConsumer::want(std::size_t held) {
  wanted_ = held;
}

ConsumerEvent SqliteConsumer::next(TimePoint deadline) {
  if (!connection_told_) {
    connection_told_ = true;
    return ConnectionMade{};
  }
  while (true) {  // Ends at the deadline: every turn waits until then or for something to take.
    if (wake_.clear()) return NothingHappened{};
    const bool may_take = wants_more();
    if (may_take) {
      heard_ = watch_.clear();  // Before we look: a ring after it is heard by the wait.
      if (std::optional<Delivery> delivery = take()) return std::move(*delivery);
    }
    if (clock_.now() >= deadline) return NothingHappened{};
    wait(may_take ? std::min(deadline, look_again_at()) : deadline);
  }
}

std::optional<Delivery> SqliteConsumer::take() {
  free_orphans();
  const std::int64_t now_ms = wall_milliseconds(clock_.wall());
  restart_delays(now_ms);

  const auto box = static_cast<std::int64_t>(box_);
  const bool any = any_free_.with(box, now_ms).next_row();
  any_free_.restart();
  if (!any || !take_.with(box, now_ms, lock_.name()).next_row()) return std::nullopt;

  const std::int64_t place = take_.number(0);
  Delivery delivery;
  delivery.tag = DeliveryTag{++last_tag_};
  delivery.message_id = take_.text(1);
  delivery.body = take_.text(2);
  delivery.returns = static_cast<std::uint64_t>(take_.number(3)) - 1;
  delivery.redelivered = delivery.returns > 0;
  delivery.earlier_holder_gone = take_.number(4) != 0;
  take_.run();  // The change is committed when the statement ends.
  held_.emplace(delivery.tag, place);
  read_headers(place, delivery);
  return delivery;
}

void SqliteConsumer::read_headers(std::int64_t place, Delivery& delivery) {
  headers_.with(place);
  while (headers_.next_row()) delivery.headers.emplace_back(headers_.text(0), headers_.text(1));
}

// Asks the kernel about each holder; a look at its lock is a few microseconds.
void SqliteConsumer::free_orphans() {
  std::vector<std::string> gone;
  holders_.with(lock_.name());
  while (holders_.next_row()) {
    const std::string holder(holders_.text(0));
    if (consumer_gone(queue_.consumers(), holder)) gone.push_back(holder);
  }
  for (const std::string& holder : gone) free_orphaned_.with(holder).run();
}

// A delay that began in the future: the clock was set back since.
void SqliteConsumer::restart_delays(std::int64_t now_ms) {
  const auto box = static_cast<std::int64_t>(box_);
  const bool set_back = next_due_.with(box).next_row() && next_due_.number(1) > now_ms;
  next_due_.restart();
  if (set_back) restart_delays_.with(box, now_ms).run();
}

TimePoint SqliteConsumer::look_again_at() {
  const TimePoint now = clock_.now();
  if (heard_) return now + kLookAgainAfterRing;
  std::chrono::milliseconds wait = kLookInterval;
  if (next_due_.with(static_cast<std::int64_t>(box_)).next_row() && !next_due_.null(0)) {
    const std::int64_t due_in = next_due_.number(0) - wall_milliseconds(clock_.wall());
    wait = std::clamp(std::chrono::milliseconds(due_in), std::chrono::milliseconds(1), wait);
  }
  next_due_.restart();
  return now + wait;
}

void SqliteConsumer::wait(TimePoint until) {
  const Duration left = std::clamp<Duration>(until - clock_.now(), Duration::zero(), 1h);
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  const int watched = wants_more() ? watch_.descriptor() : -1;
  std::array<pollfd, 2> waits = {pollfd{wake_.descriptor(), POLLIN, 0}, pollfd{watched, POLLIN, 0}};
  ::poll(waits.data(), waits.size(), static_cast<int>(milliseconds));
}

void SqliteConsumer::settle(DeliveryTag tag, Settlement settlement) {
  const auto held = held_.find(tag);
  if (held == held_.end()) return;
  if (settlement == Settlement::complete) {
    remove_.with(held->second, lock_.name()).run();
  } else {
    hand_back_.with(held->second, lock_.name()).run();
    queue_.bell().ring();
  }
  held_.erase(held);
}

bool SqliteConsumer::empty() {
  const bool any = any_.with(static_cast<std::int64_t>(box_)).next_row();
  any_.restart();
  return !any;
}

void SqliteConsumer::wake() noexcept {
  wake_.wake();
}

}  // namespace holdfast
