#include "worker/outputs.h"

#include <algorithm>
#include <vector>

#include "base/file.h"
#include "core/checkpoint.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr Duration kRequestTime = std::chrono::seconds(60);
// A line slower than this counts as none.
constexpr std::uint64_t kBytesPerSecondMin = 64 * 1024;
constexpr std::uint64_t kReadBytes = 1024 * 1024;

TimePoint deadline_for(const Clock& clock, std::uint64_t size_bytes) {
  return clock.now() + kRequestTime + std::chrono::seconds(size_bytes / kBytesPerSecondMin);
}

Output output_of(const fs::path& directory, const fs::path& path) {
  Output output;
  output.path = path.lexically_relative(directory).string();
  if (StoreLayout::reserved(output.path)) {
    throw Error(ErrorKind::corrupt, "the output " + output.path +
                                        " has a name that Holdfast uses itself; rename it");
  }
  const FileDescriptor file = open_to_read(path);
  Sha256 hash;
  for (std::string bytes = read_range(file, path, 0, kReadBytes); !bytes.empty();
       bytes = read_range(file, path, output.size_bytes, kReadBytes)) {
    hash.update(bytes);
    output.size_bytes += bytes.size();
  }
  output.digest = hash.finish().hex();
  return output;
}

}  // namespace

std::optional<std::string> store_outputs(Store& store, const Clock& clock,
                                         const StoreLayout& layout, AttemptNumber attempt,
                                         const fs::path& directory, const std::stop_token& stop) {
  std::vector<Output> outputs;
  for (const auto& item : fs::recursive_directory_iterator(directory)) {
    if (!item.is_regular_file()) continue;
    outputs.push_back(output_of(directory, item.path()));
  }
  std::sort(outputs.begin(), outputs.end(),
            [](const Output& a, const Output& b) { return a.path < b.path; });
  for (const Output& output : outputs) {
    if (stop.stop_requested()) return std::nullopt;
    store.upload(layout.attempt_output(attempt, output.path), directory / output.path,
                 output.size_bytes, *Sha256Digest::from_hex(output.digest),
                 deadline_for(clock, output.size_bytes));
  }
  const std::string list = to_json(outputs);
  const Sha256Digest digest = sha256(list);
  store.put(layout.attempt_outputs_manifest(attempt), list, digest, deadline_for(clock, 0));
  return digest.hex();
}

void publish_outputs(Store& store, const Clock& clock, const StoreLayout& layout,
                     AttemptNumber attempt, const std::string& outputs_digest) {
  const std::string key = layout.attempt_outputs_manifest(attempt);
  const auto list = store.get(key, kManifestBytesMax, deadline_for(clock, 0));
  if (!list || sha256(*list).hex() != outputs_digest) {
    throw Error(ErrorKind::corrupt,
                "the list of the job's outputs, " + key + ", is gone or damaged");
  }
  for (const Output& output : outputs_from_json(*list)) {
    const std::string from = layout.attempt_output(attempt, output.path);
    const bool copied = store.copy(from, layout.output(output.path),
                                   deadline_for(clock, output.size_bytes));
    if (!copied) throw Error(ErrorKind::corrupt, "the job's output " + from + " is gone");
  }
}

}  // namespace holdfast
