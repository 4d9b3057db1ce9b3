#include "checkpoint/pruner.h"

#include <set>
#include <utility>

#include "checkpoint/request_time.h"

namespace holdfast {

void prune(Store& store, const Clock& clock, const StoreLayout& layout,
           const CheckpointRef& retired, const Manifest& retired_manifest,
           const std::vector<Manifest>& kept) {
  std::set<std::pair<AttemptNumber, std::string>> needed;
  for (const Manifest& manifest : kept) {
    for (const Chunk& chunk : manifest.chunks) needed.emplace(chunk.attempt, chunk.name);
  }
  for (const Chunk& chunk : retired_manifest.chunks) {
    if (needed.contains({chunk.attempt, chunk.name})) continue;
    store.remove(layout.chunk(chunk.attempt, chunk.name), request_deadline(clock, 0));
  }
  // Last, so that a removal broken off can be found and finished.
  store.remove(layout.manifest(retired.attempt, retired.generation, retired.manifest_digest),
               request_deadline(clock, 0));
}

}  // namespace holdfast
