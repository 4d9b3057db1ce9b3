// Puts messages into the embedded queue: collects a window of them and stores it in one commit.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "adapters/sqlite/sqlite_queue.h"
#include "ports/clock.h"
#include "ports/queue.h"

namespace holdfast {

class SqlitePublisher final : public Publisher {
 public:
  // A commit waits for the disk, so it should carry many messages.
  static constexpr std::size_t kWindowMessages = 1000;
  static constexpr std::size_t kWindowBytes = 16u << 20;

  SqlitePublisher(const std::filesystem::path& folder, const Clock& clock);

  std::uint64_t send(Message message, TimePoint deadline) override;
  std::vector<std::uint64_t> take_confirmed(TimePoint deadline) override;
  std::size_t unconfirmed() const override;

 private:
  struct Collected {
    std::uint64_t number;
    Message message;
  };

  void store_collected();
  void store(const Message& message);

  const Clock& clock_;
  SqliteQueue queue_;
  std::uint64_t next_number_ = 0;
  std::vector<Collected> collected_;
  std::size_t collected_bytes_ = 0;
  std::vector<std::uint64_t> confirmed_;

  Statement insert_;
  Statement insert_header_;
};

}  // namespace holdfast
