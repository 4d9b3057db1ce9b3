// Takes messages of the embedded queue. A message whose consumer's process ended is free at once.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "adapters/sqlite/consumer_lock.h"
#include "adapters/sqlite/queue_bell.h"
#include "adapters/sqlite/sqlite_queue.h"
#include "base/wake_event.h"
#include "ports/clock.h"
#include "ports/queue.h"

namespace holdfast {

class SqliteConsumer final : public Consumer {
 public:
  SqliteConsumer(const std::filesystem::path& folder, QueueBox box, const Clock& clock);
  // Gives back what was not settled.
  ~SqliteConsumer() override;

  void want(std::size_t held) override;
  // The first event is ConnectionMade, and a connection is never lost.
  ConsumerEvent next(TimePoint deadline) override;
  void settle(DeliveryTag tag, Settlement settlement) override;
  [[nodiscard]] bool empty() override;
  void wake() noexcept override;

 private:
  bool wants_more() const { return held_.size() < wanted_; }
  std::optional<Delivery> take();
  void free_orphans();
  void restart_delays(std::int64_t now_ms);
  void read_headers(std::int64_t place, Delivery& delivery);
  TimePoint look_again_at();
  void wait(TimePoint until);

  QueueBox box_;
  const Clock& clock_;
  SqliteQueue queue_;
  ConsumerLock lock_;
  QueueBellWatch watch_;
  WakeEvent wake_;
  bool connection_told_ = false;
  std::size_t wanted_ = 0;
  bool heard_ = false;
  std::uint64_t last_tag_ = 0;
  std::map<DeliveryTag, std::int64_t> held_;  // Their places.

  Statement holders_;
  Statement free_orphaned_;
  Statement restart_delays_;
  Statement any_free_;
  Statement take_;
  Statement headers_;
  Statement next_due_;
  Statement remove_;
  Statement hand_back_;
  Statement any_;
};

}  // namespace holdfast
