#include "adapters/sqlite/sqlite_revision.h"

namespace holdfast {

SqliteRevision::SqliteRevision(const std::filesystem::path& folder)
    : queue_(folder),
      replace_(queue_.database(), "update message set body = ? where box = ? and message_id = ?") {}

bool SqliteRevision::replace(const std::string& job_id, const std::string& body) {
  replace_.with(Blob{body}, static_cast<std::int64_t>(QueueBox::jobs), job_id).run();
  return queue_.database().rows_changed() > 0;
}

}  // namespace holdfast
