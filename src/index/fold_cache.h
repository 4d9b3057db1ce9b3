// Folds of job indexes kept on this machine, by digest, so that a second look reads only what is
// new. Deleting the folder is harmless, and so is a full or read-only disk. Any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "base/digest.h"

namespace holdfast {

class FoldCache {
 public:
  explicit FoldCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // nullopt if it is not kept. What it returns may be damaged: the reader checks the digest.
  std::optional<std::string> get(const Sha256Digest& digest) const;
  void keep(const Sha256Digest& digest, std::string_view bytes) const;
  // Removes all others.
  void keep_only(const std::set<Sha256Digest>& used) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace holdfast
