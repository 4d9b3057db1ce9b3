#include "app/version.h"

#include "app/commit.h"

namespace holdfast {

std::string version() {
  const std::string commit = kCommit;
  return commit.empty() ? HOLDFAST_VERSION : HOLDFAST_VERSION " (" + commit + ")";
}

std::string version_word() {
  const std::string commit = kCommit;
  return commit.empty() ? HOLDFAST_VERSION : HOLDFAST_VERSION "-" + commit;
}

// Neither text holds a character that JSON escapes.
std::string version_json() {
  const std::string commit = kCommit;
  return "{\"version\":\"" HOLDFAST_VERSION "\",\"commit\":" +
         (commit.empty() ? "null" : '"' + commit + '"') + "}";
}

// The static program has one of its own, which cmake/sbom.cmake writes.
[[gnu::weak]] std::string_view bill_of_materials() {
  return {};
}

}  // namespace holdfast
