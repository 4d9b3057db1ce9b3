#include "worker/outputs.h"

#include <algorithm>
#include <vector>

#include "base/file.h"
#include "checkpoint/pruner.h"
#include "checkpoint/request_time.h"
#include "core/checkpoint.h"
#include "core/text.h"
#include "holdfast/error.h"
#include "ports/store_key.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kReadBytes = 1024 * 1024;
// Left for the store's own prefix.
constexpr std::size_t kPrefixBytesMax = 128;

Output output_of(const StoreLayout& layout, AttemptNumber attempt, const fs::path& directory,
                 const fs::path& path) {
  Output output;
  output.path = path.lexically_relative(directory).string();
  const std::string key = layout.attempt_output(attempt, output.path);
  // A name that no store takes is the job's fault, not the store's refusal.
  if (fitted(output.path, key.size() * 2) != output.path || key_fault(key) != nullptr ||
      key.size() > kKeyBytesMax - kPrefixBytesMax) {
    throw Error(ErrorKind::corrupt, "the output " + fitted(output.path, kDetailBytesMax / 2) +
                                        " has a name that cannot be stored; rename it");
  }
  if (StoreLayout::reserved(output.path)) {
    throw Error(ErrorKind::corrupt,
                "the output " + output.path + " has a name that Holdfast uses itself; rename it");
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
    outputs.push_back(output_of(layout, attempt, directory, item.path()));
  }
  std::sort(outputs.begin(), outputs.end(),
            [](const Output& a, const Output& b) { return a.path < b.path; });
  if (attempt.value > 1) {
    for (const UnfinishedUpload& upload : uploads_left(store, clock, layout, attempt)) {
      store.abandon(upload, request_deadline(clock, 0));
    }
  }
  for (const Output& output : outputs) {
    if (stop.stop_requested()) return std::nullopt;
    store.upload(layout.attempt_output(attempt, output.path), directory / output.path,
                 output.size_bytes, *Sha256Digest::from_hex(output.digest),
                 request_deadline(clock, output.size_bytes));
  }
  const std::string list = to_json(outputs);
  const Sha256Digest digest = sha256(list);
  store.put(layout.attempt_outputs_manifest(attempt), list, digest, request_deadline(clock, 0));
  return digest.hex();
}

void publish_outputs(Store& store, const Clock& clock, const StoreLayout& layout,
                     AttemptNumber attempt, const std::string& outputs_digest) {
  const std::string key = layout.attempt_outputs_manifest(attempt);
  const auto list = store.get(key, kManifestBytesMax, request_deadline(clock, 0));
  if (!list || sha256(*list).hex() != outputs_digest) {
    throw Error(ErrorKind::corrupt,
                "the list of the job's outputs, " + key + ", is gone or damaged");
  }
  for (const Output& output : outputs_from_json(*list)) {
    const std::string from = layout.attempt_output(attempt, output.path);
    const bool copied = store.copy(from, layout.output(output.path), output.size_bytes,
                                   request_deadline(clock, output.size_bytes));
    if (!copied) throw Error(ErrorKind::corrupt, "the job's output " + from + " is gone");
  }
}

}  // namespace holdfast
