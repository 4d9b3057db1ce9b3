#include "app/version.h"

#include "app/commit.h"

namespace holdfast {

std::string version() {
  const std::string commit = kCommit;
  return commit.empty() ? HOLDFAST_VERSION : HOLDFAST_VERSION " (" + commit + ")";
}

}  // namespace holdfast
