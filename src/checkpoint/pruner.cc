#include "checkpoint/pruner.h"

#include <set>
#include <utility>

namespace holdfast {

namespace {

constexpr Duration kRequestTime = std::chrono::seconds(30);

}  // namespace

void prune(Store& store, const Clock& clock, const StoreLayout& layout,
           const CheckpointRef& retired, const Manifest& retired_manifest,
           const std::vector<Manifest>& kept) {
  std::set<std::pair<AttemptNumber, std::string>> needed;
  for (const Manifest& manifest : kept) {
    for (const Chunk& chunk : manifest.chunks) needed.emplace(chunk.attempt, chunk.name);
  }
  for (const Chunk& chunk : retired_manifest.chunks) {
    if (needed.contains({chunk.attempt, chunk.name})) continue;
    store.remove(layout.chunk(chunk.attempt, chunk.name), clock.now() + kRequestTime);
  }
  // Last, so that a removal broken off can be found and finished.
  store.remove(layout.manifest(retired.attempt, retired.generation), clock.now() + kRequestTime);
}

}  // namespace holdfast
