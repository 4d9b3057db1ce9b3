// Looks after the embedded queue.
#pragma once

#include <filesystem>
#include <optional>

#include "adapters/sqlite/sqlite_queue.h"
#include "ports/clock.h"
#include "ports/queue.h"

namespace holdfast {

class SqliteAdmin final : public QueueAdmin {
 public:
  SqliteAdmin(const std::filesystem::path& folder, const Clock& clock);

  std::vector<SetupFinding> setup(TimePoint deadline) override;
  // What a consumer held whose process ended counts as in flight until another one looks.
  QueueCounts counts(TimePoint deadline) override;
  // It has none.
  std::optional<std::uint64_t> delivery_limit(TimePoint) override { return std::nullopt; }
  std::vector<std::string> losses(TimePoint) override { return {}; }

 private:
  SqliteQueue& queue();

  std::filesystem::path folder_;
  const Clock& clock_;
  std::optional<SqliteQueue> queue_;
};

}  // namespace holdfast
