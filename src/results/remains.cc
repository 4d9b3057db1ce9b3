#include "results/remains.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/digest.h"
#include "base/thread_pool.h"
#include "core/output_list.h"
#include "core/store_layout.h"
#include "core/transition.h"
#include "holdfast/error.h"
#include "results/stored_outputs.h"

namespace holdfast {

namespace {

constexpr Duration kStep = std::chrono::seconds(30);
constexpr std::size_t kPage = 1000;
constexpr int kAtOnce = 16;

class Removal {
 public:
  // Without `forgotten` it only counts.
  Removal(Store& store, const Clock& clock, const JobId& id, const Record* forgotten,
          const std::stop_token& stop)
      : store_(store), clock_(clock), layout_(id), forgotten_(forgotten), stop_(stop) {}

  Remains run() {
    sort_out();
    abandon_uploads();
    remove(copies_);
    remove_result();
    remove(checkpoints_);
    // A copy that was under way when its source went may have landed since.
    if (removes() && !stop_.stop_requested()) remove_result();
    remove(lists_);
    remove(others_);
    overwrite_records();
    return remains_;
  }

 private:
  bool removes() const { return forgotten_ != nullptr; }
  TimePoint deadline() const { return clock_.now() + kStep; }

  void sort_out() {
    each_object(layout_.root(), [this](const ObjectEntry& object) {
      const auto below = [&](const std::string& prefix) { return object.key.starts_with(prefix); };
      if (below(layout_.log_prefix())) {
        records_.push_back(object);
        return;
      }
      const auto attempt = StoreLayout::attempt_of(object.key, layout_.attempts_prefix());
      if (below(layout_.manifests_prefix()) || below(layout_.chunks_prefix())) {
        checkpoints_.push_back(object);
      } else if (attempt && below(layout_.attempt_output(*attempt, ""))) {
        copies_.push_back(object);
      } else if (attempt && below(layout_.attempt_outputs_page(*attempt, ""))) {
        lists_.push_back(object);
      } else if (attempt && object.key == layout_.attempt_outputs_manifest(*attempt)) {
        attempts_.push_back(*attempt);
        last_lists_.push_back(object);
      } else {
        others_.push_back(object);
      }
    });
    // A page is read by the list that names it.
    lists_.insert(lists_.end(), last_lists_.begin(), last_lists_.end());
    count(copies_);
    count(checkpoints_);
    count(lists_);
    count(others_);
    remains_.records = records_.size();
  }

  void count(const std::vector<ObjectEntry>& objects) {
    for (const ObjectEntry& object : objects) {
      remains_.objects += 1;
      remains_.bytes += object.size_bytes;
    }
  }

  // What stands below the job's name and a list of its results names.
  void remove_result() {
    std::set<std::string> there;
    std::uint64_t bytes = 0;
    each_object(layout_.output(""), [&](const ObjectEntry& object) {
      there.insert(object.key);
      bytes += object.size_bytes;
    });
    if (there.empty()) return;
    std::vector<ObjectEntry> named;
    for (const AttemptNumber attempt : attempts_) {
      each_output_of(attempt, [&](const Output& output) {
        if (output.kind != OutputKind::file) return;
        const std::string key = layout_.output(output.path);
        if (there.erase(key) > 0) named.push_back({key, output.size_bytes});
      });
    }
    count(named);
    remains_.strangers = there.size();
    remove(named);
  }

  // A list that is damaged names nothing any more, and keeps nobody from being forgotten.
  void each_output_of(AttemptNumber attempt, const std::function<void(const Output&)>& visit) {
    try {
      const auto bytes =
          store_.get(layout_.attempt_outputs_manifest(attempt), kOutputListBytesMax, deadline());
      if (!bytes) return;
      const StoredOutputs stored(store_, clock_, layout_, attempt, sha256(*bytes).hex());
      stored.for_each_page([&](const std::vector<Output>& page) {
        for (const Output& output : page) visit(output);
        return !stop_.stop_requested();
      });
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      remains_.damaged_lists += 1;
    }
  }

  void abandon_uploads() {
    for (const std::string& prefix : {layout_.root(), layout_.output("")}) {
      const auto uploads = store_.unfinished_uploads(prefix, kPage, deadline());
      remains_.uploads += uploads.size();
      if (!removes()) continue;
      for (const UnfinishedUpload& upload : uploads) store_.abandon(upload, deadline());
    }
  }

  void remove(const std::vector<ObjectEntry>& objects) {
    if (!removes()) return;
    each_at_once(objects,
                 [this](const ObjectEntry& object) { store_.remove(object.key, deadline()); });
  }

  void overwrite_records() {
    if (!removes()) return;
    each_at_once(records_, [this](const ObjectEntry& object) {
      const auto number = layout_.record_number(object.key);
      if (!number || *number >= forgotten_->number) return;
      const std::string stub = to_json(stub_of(*forgotten_, *number));
      store_.put(object.key, stub, sha256(stub), deadline());
    });
  }

  void each_at_once(const std::vector<ObjectEntry>& objects,
                    const std::function<void(const ObjectEntry&)>& work) {
    if (objects.empty()) return;
    ThreadPool pool(static_cast<int>(std::min<std::size_t>(objects.size(), kAtOnce)),
                    /*background=*/false);
    for (const ObjectEntry& object : objects) {
      if (stop_.stop_requested()) break;
      pool.give([&] { work(object); });
    }
    pool.finish();
  }

  void each_object(const std::string& prefix,
                   const std::function<void(const ObjectEntry&)>& visit) {
    std::string after;
    for (;;) {  // Ends with the listing.
      const auto page = store_.list(prefix, after, kPage, deadline());
      for (const ObjectEntry& object : page) visit(object);
      if (page.size() < kPage) return;
      after = page.back().key;
    }
  }

  Store& store_;
  const Clock& clock_;
  const StoreLayout layout_;
  const Record* const forgotten_;
  const std::stop_token& stop_;
  std::vector<ObjectEntry> records_;
  std::vector<ObjectEntry> copies_;  // What publishers copy from.
  std::vector<ObjectEntry> checkpoints_;
  std::vector<ObjectEntry> lists_;
  std::vector<ObjectEntry> last_lists_;
  std::vector<ObjectEntry> others_;
  std::vector<AttemptNumber> attempts_;  // That have a list.
  Remains remains_;
};

}  // namespace

void Remains::add(const Remains& more) {
  objects += more.objects;
  bytes += more.bytes;
  uploads += more.uploads;
  records += more.records;
  strangers += more.strangers;
  damaged_lists += more.damaged_lists;
}

Remains count_remains(Store& store, const Clock& clock, const JobId& id,
                      const std::stop_token& stop) {
  return Removal(store, clock, id, nullptr, stop).run();
}

Remains remove_remains(Store& store, const Clock& clock, const JobId& id, const Record& forgotten,
                       const std::stop_token& stop) {
  check(is_forgotten(forgotten), "only a job that was forgotten is taken away");
  return Removal(store, clock, id, &forgotten, stop).run();
}

}  // namespace holdfast
