// A worker's sign of life, as the name of an empty object of its fleet, so that one listing reads
// the signs of all workers. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

struct WorkerSign {
  std::string worker;  // As in the job index: other characters than A-Z a-z 0-9 . _ - are '_'.
  std::int64_t started = 0;  // Wall time of the worker, in seconds since 1970. Likewise below.
  std::int64_t seen = 0;
  std::string version;  // Of holdfast.
  friend bool operator==(const WorkerSign&, const WorkerSign&) = default;
};

// `{worker}~{seen},{started},{version}`.
std::string to_text(const WorkerSign& sign);
// nullopt if `text` is none. What a newer version adds is skipped.
std::optional<WorkerSign> worker_sign_from_text(std::string_view text);

}  // namespace holdfast
