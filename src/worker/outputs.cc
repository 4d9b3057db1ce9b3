#include "worker/outputs.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "checkpoint/pruner.h"
#include "checkpoint/request_time.h"
#include "core/output_list.h"
#include "holdfast/error.h"
#include "results/stored_outputs.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kReadBytes = 1024 * 1024;
// How many outputs are under way at once: most are small, and each is a round trip.
constexpr std::size_t kWidth = 16;

class Stopped {};

// Carries out `work` for each item, several at a time. Throws Stopped, or what the work threw.
template <typename Items, typename Work>
void for_each_at_once(Items& items, const std::stop_token& stop, const Work& work) {
  ThreadPool pool(static_cast<int>(std::clamp<std::size_t>(items.size(), 1, kWidth)),
                  /*background=*/false);
  for (auto& item : items) {
    pool.give([&stop, &work, &item] {
      if (stop.stop_requested()) throw Stopped();
      work(item);
    });
  }
  pool.finish();
  if (stop.stop_requested()) throw Stopped();
}

void measure(const fs::path& path, Output& output) {
  try {
    const FileDescriptor file = open_to_read(path);
    Sha256 hash;
    std::string bytes;
    for (output.size_bytes = 0;; output.size_bytes += bytes.size()) {  // Ends: a file does.
      read_range_into(bytes, file, path, output.size_bytes, kReadBytes);
      if (bytes.empty()) break;
      hash.update(bytes);
    }
    output.digest = hash.finish().hex();
  } catch (const Error& error) {
    throw OutputUnreadable(std::string("an output cannot be read: ") + error.what());
  }
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

void put(Store& store, const Clock& clock, const std::string& key, const std::string& bytes) {
  store.put(key, bytes, sha256(bytes), request_deadline(clock, bytes.size()));
}

// One call of store_outputs(). Holds one page of the list at a time.
class Storing {
 public:
  Storing(Store& store, const Clock& clock, const StoreLayout& layout, AttemptNumber attempt,
          const std::stop_token& stop)
      : store_(store), clock_(clock), layout_(layout), attempt_(attempt), stop_(stop) {}

  StoredResult run(const fs::path& directory, const NamedResults& named,
                   const std::optional<Provenance>& made_by) {
    list_.made_by = made_by;
    StoredResult result;
    const auto take = [this](Output output, const fs::path& file) {
      if (page_.size() == kOutputsPerPage) finish_page();
      page_.push_back({std::move(output), file});
    };
    result.odd = walk_outputs(directory, take);
    result.odd.add(walk_named_results(named, directory, take));
    if (list_.pages.empty()) {
      list_.outputs = store_page();
    } else if (!page_.empty()) {
      finish_page();
    }
    const std::string bytes = to_json(list_);
    put(store_, clock_, layout_.attempt_outputs_manifest(attempt_), bytes);
    result.digest = sha256(bytes).hex();
    result.count = list_.count;
    return result;
  }

 private:
  struct Found {
    Output output;
    fs::path file;
  };

  // Stores the files of the page at hand, which is empty then.
  std::vector<Output> store_page() {
    for_each_at_once(page_, stop_, [this](Found& found) {
      if (found.output.kind == OutputKind::file) store(found);
    });
    std::vector<Output> outputs;
    for (Found& found : page_) {
      list_.count += 1;
      list_.size_bytes += found.output.size_bytes;
      outputs.push_back(std::move(found.output));
    }
    page_.clear();
    return outputs;
  }

  void finish_page() {
    const std::vector<Output> outputs = store_page();
    const std::string bytes = to_json(outputs);
    const std::string digest = sha256(bytes).hex();
    put(store_, clock_, layout_.attempt_outputs_page(attempt_, digest), bytes);
    list_.pages.push_back({digest, outputs.size()});
  }

  void store(Found& found) {
    Output& output = found.output;
    measure(found.file, output);
    store_.upload(layout_.attempt_output(attempt_, output.path), found.file, output.size_bytes,
                  *Sha256Digest::from_hex(output.digest),
                  request_deadline(clock_, output.size_bytes));
  }

  Store& store_;
  const Clock& clock_;
  const StoreLayout& layout_;
  const AttemptNumber attempt_;
  const std::stop_token& stop_;
  std::vector<Found> page_;
  OutputList list_;
};

void publish_one(Store& store, const Clock& clock, const StoredOutputs& stored,
                 const StoreLayout& layout, const Output& output) {
  const std::string from = stored.key_of(output);
  const std::string to = layout.output(output.path);
  const Sha256Digest digest = *Sha256Digest::from_hex(output.digest);
  const std::uint64_t size = output.size_bytes;
  const auto held_as = [&](const std::string& key) {
    return store.holds(key, size, digest, request_deadline(clock, size));
  };
  const Holding there = held_as(to);
  if (there == Holding::equal) return;
  const Holding source = held_as(from);
  const bool copied =
      source == Holding::equal && store.copy(from, to, size, request_deadline(clock, size));
  if (copied) return;
  const std::string what = source == Holding::different ? " is damaged" : " is gone";
  if (there == Holding::absent) {
    throw Error(ErrorKind::corrupt, "the job's output " + from + what);
  }
  // It was published before, and somebody has changed it since.
  log(LogLevel::warn, "result left as it is", {{"key", to}, {"error", from + what}});
}

}  // namespace

std::optional<StoredResult> store_outputs(Store& store, const Clock& clock,
                                          const StoreLayout& layout, AttemptNumber attempt,
                                          const fs::path& directory, const NamedResults& named,
                                          const std::optional<Provenance>& made_by,
                                          const std::stop_token& stop) {
  try {
    if (attempt.value > 1) abandon_what_was_left(store, clock, layout, attempt);
    return Storing(store, clock, layout, attempt, stop).run(directory, named, made_by);
  } catch (const Stopped&) {
    return std::nullopt;
  }
}

std::optional<StoredResult> adopt_outputs(Store& store, const Clock& clock,
                                          const StoreLayout& layout, AttemptNumber before,
                                          AttemptNumber attempt) {
  const std::string key = layout.attempt_outputs_manifest(before);
  const auto bytes = store.get(key, kOutputListBytesMax, request_deadline(clock, 0));
  if (!bytes) return std::nullopt;
  OutputList list = output_list_from_json(*bytes);
  if (list.stored_by.value == 0) list.stored_by = before;
  const std::string adopted = to_json(list);
  put(store, clock, layout.attempt_outputs_manifest(attempt), adopted);
  return StoredResult{sha256(adopted).hex(), list.count, {}};
}

bool publish_outputs(Store& store, const Clock& clock, const StoreLayout& layout,
                     AttemptNumber attempt, const std::string& outputs_digest,
                     const std::stop_token& stop) {
  const StoredOutputs stored(store, clock, layout, attempt, outputs_digest);
  try {
    stored.for_each_page([&](const std::vector<Output>& page) {
      for_each_at_once(page, stop, [&](const Output& output) {
        if (output.kind == OutputKind::file) publish_one(store, clock, stored, layout, output);
      });
      return true;
    });
  } catch (const Stopped&) {
    return false;
  }
  return true;
}

}  // namespace holdfast
