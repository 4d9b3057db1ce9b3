#include "sim_store.h"

#include "base/file.h"
#include "holdfast/error.h"

namespace holdfast::sim {

namespace {

constexpr std::uint64_t kFileBytesMax = 1 << 20;

}  // namespace

void Bucket::write(const std::string& key, const std::string& bytes) {
  if (on_write) on_write(key, bytes);
  objects[key] = bytes;
}

bool SimStore::faulty() const {
  return actor_.world().now().time_since_epoch() < faults_.quiet_after;
}

void SimStore::go(const std::string& what) {
  World& world = actor_.world();
  const bool slow = faulty() && world.chance(faults_.store_slow);
  const Duration takes = slow ? world.between(1s, 60s) : world.between(1ms, 50ms);
  actor_.wait(world.now() + takes, nullptr);
  if (faulty() && world.chance(faults_.store_fails)) {
    throw Error(ErrorKind::unavailable, "simulated: refused: " + what);
  }
}

void SimStore::come_back(const std::string& what) {
  World& world = actor_.world();
  actor_.wait(world.now() + world.between(1ms, 50ms), nullptr);
  if (faulty() && world.chance(faults_.store_loses_answer)) {
    world.note(actor_.name() + " answer lost: " + what);
    throw Error(ErrorKind::unavailable, "simulated: answer lost: " + what);
  }
}

std::optional<std::string> SimStore::get(const std::string& key, std::uint64_t, TimePoint) {
  go("get " + key);
  const auto found = bucket_.objects.find(key);
  const auto bytes =
      found == bucket_.objects.end() ? std::optional<std::string>() : std::optional(found->second);
  come_back("get " + key);
  return bytes;
}

std::optional<std::string> SimStore::get_range(const std::string& key, std::uint64_t first,
                                               std::uint64_t size_bytes, TimePoint deadline) {
  const auto bytes = get(key, first + size_bytes, deadline);
  return bytes ? std::optional(bytes->substr(first, size_bytes)) : std::nullopt;
}

CreateOutcome SimStore::create(const std::string& key, std::string_view bytes, TimePoint) {
  go("create " + key);
  const bool there = bucket_.objects.contains(key);
  if (!there) bucket_.write(key, std::string(bytes));
  come_back("create " + key);
  return there ? CreateOutcome::exists : CreateOutcome::created;
}

void SimStore::put(const std::string& key, std::string_view bytes, const Sha256Digest&, TimePoint) {
  go("put " + key);
  bucket_.write(key, std::string(bytes));
  come_back("put " + key);
}

void SimStore::upload(const std::string& key, const std::filesystem::path& file, std::uint64_t,
                      const Sha256Digest& digest, TimePoint deadline) {
  put(key, *read_file(file, kFileBytesMax), digest, deadline);
}

Holding SimStore::holds(const std::string& key, std::uint64_t size_bytes,
                        const Sha256Digest& digest, TimePoint deadline) {
  const auto bytes = get(key, size_bytes, deadline);
  if (!bytes) return Holding::absent;
  return sha256(*bytes) == digest ? Holding::equal : Holding::different;
}

bool SimStore::copy(const std::string& from, const std::string& to, std::uint64_t, TimePoint) {
  go("copy " + to);
  const auto found = bucket_.objects.find(from);
  const bool there = found != bucket_.objects.end();
  if (there) bucket_.write(to, std::string(found->second));
  come_back("copy " + to);
  return there;
}

void SimStore::remove(const std::string& key, TimePoint) {
  go("remove " + key);
  if (bucket_.on_remove) bucket_.on_remove(key);
  bucket_.objects.erase(key);
  come_back("remove " + key);
}

std::vector<ObjectEntry> SimStore::list(const std::string& prefix, const std::string& after,
                                        std::size_t count_max, TimePoint) {
  go("list " + prefix);
  std::vector<ObjectEntry> entries;
  for (auto at = bucket_.objects.lower_bound(std::max(prefix, after)); at != bucket_.objects.end();
       ++at) {
    if (!at->first.starts_with(prefix) || entries.size() == count_max) break;
    if (at->first > after) entries.push_back({at->first, at->second.size()});
  }
  come_back("list " + prefix);
  return entries;
}

std::vector<std::string> SimStore::list_folders(const std::string&, const std::string&, std::size_t,
                                                TimePoint) {
  return {};  // Nothing that is simulated asks for it.
}

// Simulated outputs are small: nothing goes up in parts.
std::vector<UnfinishedUpload> SimStore::unfinished_uploads(const std::string& prefix, std::size_t,
                                                           TimePoint) {
  go("unfinished uploads " + prefix);
  come_back("unfinished uploads " + prefix);
  return {};
}

void SimStore::abandon(const UnfinishedUpload& upload, TimePoint) {
  go("abandon " + upload.key);
  come_back("abandon " + upload.key);
}

}  // namespace holdfast::sim
