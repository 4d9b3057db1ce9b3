#include "operate/collect.h"

#include <functional>
#include <map>
#include <vector>

#include "base/digest.h"
#include "base/thread_pool.h"
#include "base/wall_time.h"
#include "core/output_list.h"
#include "core/store_layout.h"
#include "core/transition.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"
#include "results/stored_outputs.h"

namespace holdfast {

namespace {

constexpr Duration kStep = std::chrono::seconds(30);
constexpr std::size_t kPage = 1000;
constexpr int kRemovals = 16;
constexpr int kTriesMax = 10;

std::string empty_list() {
  return to_json(OutputList{});
}

bool is_empty(const std::string& outputs_digest) {
  return outputs_digest == sha256(empty_list()).hex();
}

// One call of collect_job().
class Collector {
 public:
  Collector(Store& store, const Clock& clock, const JobId& id, Keep keep, Collecting collecting,
            const std::stop_token& stop)
      : store_(store),
        clock_(clock),
        id_(id),
        layout_(id),
        keep_(keep),
        collecting_(collecting),
        stop_(stop) {}

  // False if the job goes on, or another record came first.
  [[nodiscard]] bool settle(Record& newest, const std::string& by) {
    JobLog log(store_, clock_, id_);
    for (int i = 0; i < kTriesMax; ++i) {
      const auto read = log.read(clock_.now() + kStep);
      if (!read || !is_end(read->state)) return false;
      newest = *read;
      const bool result_goes = newest.state == JobState::completed && keep_ != Keep::results &&
                               !is_empty(newest.outputs_digest);
      const bool needed = result_goes || !newest.checkpoints.empty();
      if (!needed || collecting_ == Collecting::only_count) return true;
      std::string digest;
      if (result_goes) {
        const std::string bytes = empty_list();
        digest = sha256(bytes).hex();
        store_.put(layout_.attempt_outputs_manifest({newest.attempt.value + 1}), bytes,
                   sha256(bytes), clock_.now() + kStep);
      }
      const auto step = [&](const std::optional<Record>& before) {
        return collected(*before, digest, by);
      };
      if (log.append_as_claimant(step, clock_.now() + kStep) == AppendOutcome::appended) {
        newest = *log.newest();
        return true;
      }
    }
    throw Error(ErrorKind::unavailable, "others keep writing to the log of job " + id_.text());
  }

  Collected run(const Record& newest) {
    // A person may let the job run again at any moment: what later attempts store is not ours.
    last_ = newest.attempt;
    remove_all({layout_.manifests_prefix(), layout_.chunks_prefix()});
    collect_attempts(newest);
    abandon_uploads();
    return collected_;
  }

 private:
  // What an attempt left.
  struct Left {
    std::vector<ObjectEntry> outputs;
    std::vector<ObjectEntry> pages;
    std::optional<ObjectEntry> list;
    std::vector<ObjectEntry> others;
  };

  void collect_attempts(const Record& newest) {
    const std::map<std::uint64_t, Left> attempts = attempts_left();
    // The list that the newest record names. One of an epoch before stays: this one has none yet.
    const bool completed = newest.state == JobState::completed;
    const auto result = result_of(newest);
    const bool result_stays =
        result && (!completed || keep_ == Keep::results || is_empty(result->digest));
    const std::uint64_t named = result_stays ? result->attempt.value : 0;
    std::uint64_t stored_by = named;
    if (named > 0) stored_by = storer(*result);
    // Of the list that is named, that of the result stays; all others go, and what they name.
    for (const auto& [number, left] : attempts) {
      if (stop_.stop_requested()) return;
      if (number == stored_by && named > 0) {
        remove_copies(*result, left.outputs);
      } else {
        remove_these(left.outputs);
      }
      if (completed && keep_ != Keep::results && number != named && left.list) {
        // Its names are those of the next result, too.
        if (collecting_ == Collecting::remove && goes_on(newest)) return;
        remove_results(*left.list, number);
      }
      // By those of an epoch before, whoever publishes the next result finds what of theirs to
      // remove, unless that has just gone.
      const bool needed =
          number < newest.epoch.first_attempt.value && !(completed && keep_ != Keep::results);
      if (number != stored_by && !needed) remove_these(left.pages);
      if (number != named && left.list && !needed) remove_these({*left.list});
      if (keep_ == Keep::nothing) remove_these(left.others);
    }
  }

  // A person has let the job run again meanwhile, or somebody else removes the same.
  bool goes_on(const Record& newest) {
    const auto now = JobLog(store_, clock_, id_).read(clock_.now() + kStep);
    return now && now->number > newest.number;
  }

  std::map<std::uint64_t, Left> attempts_left() {
    std::map<std::uint64_t, Left> attempts;
    each_object(layout_.attempts_prefix(), [&](const ObjectEntry& object) {
      const auto attempt = StoreLayout::attempt_of(object.key, layout_.attempts_prefix());
      if (!attempt || *attempt > last_) return;
      Left& left = attempts[attempt->value];
      const auto below = [&](const std::string& key) { return object.key.starts_with(key); };
      if (below(layout_.attempt_output(*attempt, ""))) {
        left.outputs.push_back(object);
      } else if (below(layout_.attempt_outputs_page(*attempt, ""))) {
        left.pages.push_back(object);
      } else if (object.key == layout_.attempt_outputs_manifest(*attempt)) {
        left.list = object;
      } else {
        left.others.push_back(object);
      }
    });
    return attempts;
  }

  // The attempt that stored the result which the record names.
  std::uint64_t storer(const ResultRef& result) {
    const auto bytes = store_.get(layout_.attempt_outputs_manifest(result.attempt),
                                  kOutputListBytesMax, clock_.now() + kStep);
    if (!bytes) return result.attempt.value;
    const AttemptNumber by = output_list_from_json(*bytes).stored_by;
    return by.value > 0 ? by.value : result.attempt.value;
  }

  // Those of the result's files that are whole where the user finds them.
  void remove_copies(const ResultRef& result, const std::vector<ObjectEntry>& copies) {
    std::map<std::string, ObjectEntry> there;
    for (const ObjectEntry& copy : copies) there.emplace(copy.key, copy);
    if (there.empty()) return;
    const StoredOutputs stored(store_, clock_, layout_, result.attempt, result.digest);
    stored.for_each_page([&](const std::vector<Output>& page) {
      std::vector<ObjectEntry> needless;
      for (const Output& output : page) {
        const auto copy = there.find(stored.key_of(output));
        if (output.kind != OutputKind::file || copy == there.end()) continue;
        const auto digest = Sha256Digest::from_hex(output.digest);
        const Holding holding = store_.holds(layout_.output(output.path), output.size_bytes,
                                             *digest, clock_.now() + kStep);
        if (holding == Holding::equal) needless.push_back(copy->second);
      }
      remove_these(needless);
      return !stop_.stop_requested();
    });
  }

  // The files that a list names, under the names that the user knows.
  void remove_results(const ObjectEntry& list, std::uint64_t attempt) {
    const auto bytes = store_.get(list.key, kOutputListBytesMax, clock_.now() + kStep);
    if (!bytes) return;
    const StoredOutputs stored(store_, clock_, layout_, {attempt}, sha256(*bytes).hex());
    stored.for_each_page([&](const std::vector<Output>& page) {
      std::vector<ObjectEntry> files;
      for (const Output& output : page) {
        if (output.kind != OutputKind::file) continue;
        files.push_back({layout_.output(output.path), output.size_bytes});
      }
      remove_these(files);
      return !stop_.stop_requested();
    });
  }

  void remove_all(const std::vector<std::string>& prefixes) {
    for (const std::string& prefix : prefixes) {
      std::vector<ObjectEntry> objects;
      each_object(prefix, [&](const ObjectEntry& object) {
        const auto attempt = StoreLayout::attempt_of(object.key, prefix);
        if (!attempt || *attempt <= last_) objects.push_back(object);
      });
      remove_these(objects);
    }
  }

  void remove_these(const std::vector<ObjectEntry>& objects) {
    for (const ObjectEntry& object : objects) {
      collected_.objects += 1;
      collected_.bytes += object.size_bytes;
    }
    if (collecting_ == Collecting::only_count || objects.empty()) return;
    ThreadPool pool(kRemovals, /*background=*/false);
    for (const ObjectEntry& object : objects) {
      if (stop_.stop_requested()) break;
      pool.give([&] { store_.remove(object.key, clock_.now() + kStep); });
    }
    pool.finish();
  }

  void each_object(const std::string& prefix,
                   const std::function<void(const ObjectEntry&)>& visit) {
    std::string after;
    for (;;) {  // Ends with the listing.
      const auto page = store_.list(prefix, after, kPage, clock_.now() + kStep);
      for (const ObjectEntry& object : page) visit(object);
      if (page.size() < kPage || stop_.stop_requested()) return;
      after = page.back().key;
    }
  }

  void abandon_uploads() {
    auto uploads = store_.unfinished_uploads(layout_.root(), kPage, clock_.now() + kStep);
    std::erase_if(uploads, [&](const UnfinishedUpload& upload) {
      for (const std::string& prefix :
           {layout_.manifests_prefix(), layout_.chunks_prefix(), layout_.attempts_prefix()}) {
        const auto attempt = StoreLayout::attempt_of(upload.key, prefix);
        if (attempt && *attempt > last_) return true;
      }
      return false;
    });
    collected_.uploads += uploads.size();
    if (collecting_ == Collecting::only_count) return;
    for (const UnfinishedUpload& upload : uploads) store_.abandon(upload, clock_.now() + kStep);
  }

  Store& store_;
  const Clock& clock_;
  const JobId& id_;
  const StoreLayout layout_;
  const Keep keep_;
  const Collecting collecting_;
  const std::stop_token& stop_;
  AttemptNumber last_;  // Of those whose objects go.
  Collected collected_;
};

}  // namespace

std::int64_t ended_at(const Record& newest) {
  const std::string& when = newest.endings.empty() ? newest.when : newest.endings.back().when;
  const auto time = wall_time_from(when.empty() ? newest.when : when);
  if (!time) return 0;
  return std::chrono::duration_cast<std::chrono::seconds>(time->time_since_epoch()).count();
}

std::optional<Collected> collect_job(Store& store, const Clock& clock, const JobId& id,
                                     const Record& newest, Keep keep, Collecting collecting,
                                     const std::string& by, const std::stop_token& stop) {
  if (!is_end(newest.state)) return std::nullopt;
  Collector collector(store, clock, id, keep, collecting, stop);
  Record now = newest;
  if (!collector.settle(now, by)) return std::nullopt;
  // A person may have brought it back, or let it complete, since.
  if (now.state != newest.state) return std::nullopt;
  return collector.run(now);
}

}  // namespace holdfast
