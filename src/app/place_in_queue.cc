#include "app/place_in_queue.h"

#include "adapters/sqlite/sqlite_queue_view.h"

namespace holdfast {

std::optional<PlaceInQueue> place_in(const QueueConfig& queue, const JobId& id, WallTime now) {
  const auto* folder = std::get_if<FolderQueueConfig>(&queue);
  if (folder == nullptr) return std::nullopt;
  const auto found = SqliteQueueView(folder->folder).find(id.text(), now);
  if (!found) return PlaceInQueue{};
  return PlaceInQueue{true, found->held, found->any_consumer, found->ahead, found->not_before};
}

}  // namespace holdfast
