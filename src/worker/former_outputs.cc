#include "worker/former_outputs.h"

#include "base/digest.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "checkpoint/request_time.h"
#include "core/output_list.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr std::size_t kPage = 1000;
constexpr int kRemovals = 16;

}  // namespace

FormerOutputs::FormerOutputs(Store& store, const Clock& clock, const StoreLayout& layout,
                             AttemptNumber first)
    : store_(store), clock_(clock), layout_(layout) {
  const std::string prefix = layout.attempts_prefix();
  std::string after;
  for (;;) {  // Ends with the listing.
    const auto page = store.list(prefix, after, kPage, request_deadline(clock, 0));
    for (const ObjectEntry& object : page) {
      const auto attempt = StoreLayout::attempt_of(object.key, prefix);
      if (!attempt || *attempt >= first) continue;
      if (object.key.starts_with(layout.attempt_output(*attempt, ""))) {
        files_.push_back(object.key);
      } else if (object.key.starts_with(layout.attempt_outputs_page(*attempt, ""))) {
        pages_.push_back(object.key);
      } else if (object.key == layout.attempt_outputs_manifest(*attempt)) {
        lists_.push_back(*attempt);
      }
    }
    if (page.size() < kPage) return;
    after = page.back().key;
  }
}

void FormerOutputs::cut_off() {
  if (lists_.empty()) return;  // What was never listed was never published.
  remove(files_);
  // Large ones are copied in parts, and the last request makes the file. A worker that publishes
  // the new result at the same time begins such a copy anew.
  for (const UnfinishedUpload& upload :
       store_.unfinished_uploads(layout_.output(""), kPage, request_deadline(clock_, 0))) {
    store_.abandon(upload, request_deadline(clock_, 0));
  }
}

void FormerOutputs::remove_what_is_not_in(const StoredOutputs& result) {
  if (lists_.empty()) return;
  std::set<std::string> successors;
  result.for_each_page([&](const std::vector<Output>& page) {
    for (const Output& output : page) successors.insert(output.path);
    return true;
  });
  for (const AttemptNumber attempt : lists_) {
    try {
      remove_files_of(attempt, successors);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      log(LogLevel::warn, "files of a former result not found",
          {{"job", layout_.root()}, {"error", error.what()}});
    }
  }
  remove(pages_);
  std::vector<std::string> lists;
  for (const AttemptNumber attempt : lists_) {
    lists.push_back(layout_.attempt_outputs_manifest(attempt));
  }
  remove(lists);
}

void FormerOutputs::remove_files_of(AttemptNumber attempt,
                                    const std::set<std::string>& successors) {
  const auto bytes = store_.get(layout_.attempt_outputs_manifest(attempt), kOutputListBytesMax,
                                request_deadline(clock_, 0));
  if (!bytes) return;  // Somebody else has come so far.
  const StoredOutputs former(store_, clock_, layout_, attempt, sha256(*bytes).hex());
  former.for_each_page([&](const std::vector<Output>& page) {
    std::vector<std::string> keys;
    for (const Output& output : page) {
      const bool replaced = successors.contains(output.path);
      if (output.kind == OutputKind::file && !replaced) keys.push_back(layout_.output(output.path));
    }
    remove(keys);
    return true;
  });
}

void FormerOutputs::remove(const std::vector<std::string>& keys) {
  if (keys.empty()) return;
  ThreadPool pool(kRemovals, /*background=*/false);
  for (const std::string& key : keys) {
    pool.give([&] { store_.remove(key, request_deadline(clock_, 0)); });
  }
  pool.finish();
}

}  // namespace holdfast
