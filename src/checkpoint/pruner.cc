#include "checkpoint/pruner.h"

#include <string>

#include "checkpoint/checkpoint_reader.h"
#include "checkpoint/request_time.h"
#include "checkpoint/tree_reader.h"

namespace holdfast {

namespace {

std::string key_of(const StoreLayout& layout, const CheckpointRef& ref) {
  return layout.manifest(ref.attempt, ref.generation, ref.manifest_digest);
}

}  // namespace

KeySet keys_of(Store& store, const Clock& clock, const StoreLayout& layout,
               const CheckpointRef& ref) {
  KeySet keys;
  CheckpointReader reader(store, clock, layout);
  const auto add = [&](const Chunk& chunk) { keys.add(layout.chunk(chunk.attempt, chunk.name)); };
  const auto add_all = [&](const Manifest& page) {
    for (const Chunk& chunk : page.chunks) add(chunk);
    for (const PageRef& below : page.pages) add(below.chunk);
  };
  const Manifest top = manifest_from_json(reader.manifest(ref));
  add_all(top);
  for_each_page(
      top, reader.load_pages(), [](const Chunk&) { return true; },
      [&](const Chunk&, const Manifest& page) { add_all(page); });
  keys.add(key_of(layout, ref));
  return keys;
}

void prune(Store& store, const Clock& clock, const StoreLayout& layout,
           const CheckpointRef& retired, const KeySet& needed) {
  CheckpointReader reader(store, clock, layout);
  // One that is gone was removed by an earlier try: what it named went before it.
  const auto bytes = reader.find_manifest(retired);
  if (!bytes) return;
  KeySet gone;
  const auto key = [&](const Chunk& chunk) { return layout.chunk(chunk.attempt, chunk.name); };
  const auto remove = [&](const Chunk& chunk) {
    if (needed.contains(key(chunk)) || !gone.add(key(chunk))) return;
    store.remove(key(chunk), request_deadline(clock, 0));
  };
  const Manifest top = manifest_from_json(*bytes);
  // A page that somebody needs names nothing that nobody needs. What a page names goes before it,
  // so that a removal broken off can be found and finished.
  for_each_page(
      top, reader.load_pages_if_there(),
      [&](const Chunk& page) { return !needed.contains(key(page)); },
      [&](const Chunk& page, const Manifest& content) {
        for (const Chunk& chunk : content.chunks) remove(chunk);
        remove(page);
      });
  for (const Chunk& chunk : top.chunks) remove(chunk);
  if (!needed.contains(key_of(layout, retired))) {
    store.remove(key_of(layout, retired), request_deadline(clock, 0));
  }
}

void for_each_unneeded(Store& store, const Clock& clock, const StoreLayout& layout,
                       AttemptNumber attempt, const KeySet& needed, const std::stop_token& stop,
                       const std::function<void(const ObjectEntry&)>& visit) {
  constexpr std::size_t kPage = 1000;
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
                  AttemptNumber attempt, const KeySet& needed, const std::stop_token& stop) {
  std::size_t count = 0;
  for_each_unneeded(store, clock, layout, attempt, needed, stop, [&](const ObjectEntry& object) {
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
