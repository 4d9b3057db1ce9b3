// Changes the content of a job that waits in an embedded queue.
#pragma once

#include <filesystem>
#include <string>

#include "adapters/sqlite/sqlite_queue.h"

namespace holdfast {

class SqliteRevision {
 public:
  explicit SqliteRevision(const std::filesystem::path& folder);

  // False if no message of the job waits. Nobody may hold it.
  bool replace(const std::string& job_id, const std::string& body);

 private:
  SqliteQueue queue_;
  Statement replace_;
};

}  // namespace holdfast
