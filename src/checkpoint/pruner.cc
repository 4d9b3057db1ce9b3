#include "checkpoint/pruner.h"

#include <set>
#include <string>
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

void for_each_unneeded(Store& store, const Clock& clock, const StoreLayout& layout,
                       AttemptNumber attempt, const std::vector<CheckpointRef>& kept,
                       const std::vector<Manifest>& kept_manifests, const std::stop_token& stop,
                       const std::function<void(const ObjectEntry&)>& visit) {
  constexpr std::size_t kPage = 1000;
  std::set<std::string> needed;
  for (const CheckpointRef& ref : kept) {
    needed.insert(layout.manifest(ref.attempt, ref.generation, ref.manifest_digest));
  }
  for (const Manifest& manifest : kept_manifests) {
    for (const Chunk& chunk : manifest.chunks) {
      needed.insert(layout.chunk(chunk.attempt, chunk.name));
    }
  }
  for (const std::string& prefix : {layout.manifests_prefix(), layout.chunks_prefix()}) {
    std::string after;
    std::size_t listed = kPage;
    while (listed == kPage && !stop.stop_requested()) {  // A page that is not full is the last.
      const auto page = store.list(prefix, after, kPage, request_deadline(clock, 0));
      listed = page.size();
      for (const ObjectEntry& object : page) {
        if (stop.stop_requested()) break;
        after = object.key;
        const auto owner = StoreLayout::attempt_of(object.key, prefix);
        if (!owner || *owner >= attempt || needed.contains(object.key)) continue;
        visit(object);
      }
    }
  }
}

std::size_t sweep(Store& store, const Clock& clock, const StoreLayout& layout,
                  AttemptNumber attempt, const std::vector<CheckpointRef>& kept,
                  const std::vector<Manifest>& kept_manifests, const std::stop_token& stop) {
  std::size_t count = 0;
  for_each_unneeded(store, clock, layout, attempt, kept, kept_manifests, stop,
                    [&](const ObjectEntry& object) {
                      store.remove(object.key, request_deadline(clock, 0));
                      count += 1;
                    });
  return count;
}

std::vector<UnfinishedUpload> uploads_left(Store& store, const Clock& clock,
                                           const StoreLayout& layout, AttemptNumber attempt) {
  constexpr std::size_t kUploadsMax = 1000;
  const std::string prefix = layout.attempts_prefix();
  auto uploads = store.unfinished_uploads(prefix, kUploadsMax, request_deadline(clock, 0));
  std::erase_if(uploads, [&](const UnfinishedUpload& upload) {
    const auto owner = StoreLayout::attempt_of(upload.key, prefix);
    return !owner || *owner >= attempt;
  });
  return uploads;
}

}  // namespace holdfast
