#include "worker/outputs.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/log.h"
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

// Why the key of an output cannot be; empty if it can. `path` as in Output.
std::string what_is_wrong_with(const std::string& path, const std::string& key) {
  if (fitted(path, key.size() * 2) != path || key_fault(key) != nullptr ||
      key.size() > kKeyBytesMax - kPrefixBytesMax) {
    return "the output " + fitted(path, kDetailBytesMax / 2) +
           " has a name that cannot be stored; rename it";
  }
  if (StoreLayout::reserved(path)) {
    return "the output " + path + " has a name that Holdfast uses itself; rename it";
  }
  return {};
}

Output measured(const fs::path& file_path, std::string path) {
  Output output;
  output.path = std::move(path);
  const FileDescriptor file = open_to_read(file_path);
  Sha256 hash;
  for (std::string bytes = read_range(file, file_path, 0, kReadBytes); !bytes.empty();
       bytes = read_range(file, file_path, output.size_bytes, kReadBytes)) {
    hash.update(bytes);
    output.size_bytes += bytes.size();
  }
  output.digest = hash.finish().hex();
  return output;
}

// What earlier attempts were storing in parts when they were killed takes space, and nothing more:
// a store that does not let us at it is no reason to keep a result back.
void abandon_what_was_left(Store& store, const Clock& clock, const StoreLayout& layout,
                           AttemptNumber attempt) {
  try {
    for (const UnfinishedUpload& upload : uploads_left(store, clock, layout, attempt)) {
      store.abandon(upload, request_deadline(clock, 0));
    }
  } catch (const Error& error) {
    log(LogLevel::warn, "unfinished uploads of earlier attempts left",
        {{"job", layout.root()}, {"error", error.what()}});
  }
}

}  // namespace

FoundOutputs find_outputs(const StoreLayout& layout, AttemptNumber attempt,
                          const fs::path& directory) {
  FoundOutputs found;
  try {
    for (const auto& item : fs::recursive_directory_iterator(directory)) {
      if (!item.is_regular_file()) continue;
      std::string path = item.path().lexically_relative(directory).string();
      found.refused = what_is_wrong_with(path, layout.attempt_output(attempt, path));
      if (!found.refused.empty()) return found;
      found.outputs.push_back(measured(item.path(), std::move(path)));
    }
  } catch (const fs::filesystem_error& error) {
    found.refused = std::string("an output cannot be read: ") + error.what();
  } catch (const Error& error) {
    found.refused = std::string("an output cannot be read: ") + error.what();
  }
  std::sort(found.outputs.begin(), found.outputs.end(),
            [](const Output& a, const Output& b) { return a.path < b.path; });
  return found;
}

std::optional<std::string> store_outputs(Store& store, const Clock& clock,
                                         const StoreLayout& layout, AttemptNumber attempt,
                                         const fs::path& directory,
                                         const std::vector<Output>& outputs,
                                         const std::stop_token& stop) {
  if (attempt.value > 1) abandon_what_was_left(store, clock, layout, attempt);
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

bool publish_outputs(Store& store, const Clock& clock, const StoreLayout& layout,
                     AttemptNumber attempt, const std::string& outputs_digest,
                     const std::stop_token& stop) {
  const std::string key = layout.attempt_outputs_manifest(attempt);
  const auto list = store.get(key, kManifestBytesMax, request_deadline(clock, 0));
  if (!list || sha256(*list).hex() != outputs_digest) {
    throw Error(ErrorKind::corrupt,
                "the list of the job's outputs, " + key + ", is gone or damaged");
  }
  for (const Output& output : outputs_from_json(*list)) {
    if (stop.stop_requested()) return false;
    const std::string from = layout.attempt_output(attempt, output.path);
    const bool copied = store.copy(from, layout.output(output.path), output.size_bytes,
                                   request_deadline(clock, output.size_bytes));
    if (!copied) throw Error(ErrorKind::corrupt, "the job's output " + from + " is gone");
  }
  return true;
}

}  // namespace holdfast
