#include "operate/store_check.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/file.h"
#include "base/thread_pool.h"
#include "checkpoint/request_time.h"
#include "core/text.h"
#include "holdfast/error.h"
#include "operate/fence_probe.h"

namespace holdfast {

namespace {

constexpr int kRivals = 8;
constexpr int kRaces = 3;
constexpr std::size_t kSmallBytes = 1024;
constexpr std::size_t kLargeBytes = 4 * 1024 * 1024;
constexpr std::size_t kUploadBytes = 6 * 1024 * 1024;  // More than the smallest part of S3.
constexpr int kSpeedTries = 5;
constexpr std::chrono::seconds kClockOff = std::chrono::minutes(4);
constexpr std::uint64_t kRoomFew = std::uint64_t{1} << 30;

// Bytes that no store can make fewer.
std::string random_bytes(Random& random, std::size_t size) {
  std::string bytes;
  bytes.reserve(size + sizeof(std::uint64_t));
  while (bytes.size() < size) {
    const std::uint64_t number = random.below(~std::uint64_t{0});
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  bytes.resize(size);
  return bytes;
}

std::string milliseconds_text(Duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) +
         " ms";
}

std::string rate_text(std::size_t bytes, Duration time) {
  const double seconds = std::max(std::chrono::duration<double>(time).count(), 1e-6);
  return bytes_text(static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds)) + "/s";
}

// For upload(), which takes files.
class TemporaryFile {
 public:
  TemporaryFile(Random& random, std::string_view bytes)
      : path_(temporary_folder() /
              ("holdfast-doctor-" + std::to_string(::getpid()) + "-" + random.hex(8))) {
    replace_file(path_, bytes);
  }
  ~TemporaryFile() { static_cast<void>(try_remove_tree(path_)); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
};

class StoreCheck {
 public:
  StoreCheck(Store& store, const Clock& clock, Random& random, bool unfenced, std::stop_token stop)
      : store_(store),
        clock_(clock),
        random_(random),
        unfenced_(unfenced),
        stop_(std::move(stop)) {}

  Findings run() {
    if (!passes("store.list", "it can be listed",
                "check the bucket's name and that the key may list it (s3:ListBucket)",
                [&] { static_cast<void>(store_.list_folders("", "", 1, deadline())); })) {
      return not_tried_further();
    }
    const ProbeObject object(store_, clock_, random_);
    const std::string bytes = random_bytes(random_, kSmallBytes);
    if (!passes("store.write", "objects can be written",
                "a worker must write: give the key s3:PutObject; with a key that can only read, "
                "only commands such as holdfast status work",
                [&] { store_.put(object.key(), bytes, sha256(bytes), deadline()); })) {
      return not_tried_further();
    }
    read_back(object.key(), bytes);
    see_in_listing(object.key());
    try_fence();
    copy(object.key(), bytes);
    upload_large();
    remove();
    measure();
    return std::move(findings_);
  }

 private:
  // Of one request; each has time of its own, so that a slow line is no fault of the last ones.
  TimePoint deadline(std::uint64_t size_bytes = 0) const {
    return request_deadline(clock_, size_bytes);
  }

  // Carries out `step`; whether it did not fail. An empty `text` adds nothing if so. `cure` is for
  // what the store refuses.
  template <typename Step>
  bool passes(const std::string& check, const std::string& text, const std::string& cure,
              const Step& step) {
    if (stop_.stop_requested()) return false;
    try {
      step();
    } catch (const Error& error) {
      findings_.push_back({check, Verdict::bad, error.what(),
                           !error.may_work_later()
                               ? cure
                               : "it failed or took too long, but was not refused: try again, from "
                                 "another network if it fails again"});
      return false;
    }
    if (!text.empty()) findings_.push_back({check, Verdict::ok, text, {}});
    return true;
  }

  void add(const std::string& check, bool good, const std::string& text_good,
           const std::string& text_bad, const std::string& cure) {
    findings_.push_back(good ? Finding{check, Verdict::ok, text_good, {}}
                             : Finding{check, Verdict::bad, text_bad, cure});
  }

  Findings not_tried_further() {
    findings_.push_back({"store.untried", Verdict::note, "checks that need this were skipped",
                         "fix this and run doctor again"});
    return std::move(findings_);
  }

  void read_back(const std::string& key, const std::string& bytes) {
    std::optional<std::string> there;
    if (!passes("store.read", "", "give the key s3:GetObject",
                [&] { there = store_.get(key, bytes.size(), deadline()); })) {
      return;
    }
    add("store.read", there == bytes, "a written object reads back correctly",
        "a written object does not read back correctly",
        "use a store with read-after-write consistency, without a cache in front");
  }

  void see_in_listing(const std::string& key) {
    std::vector<ObjectEntry> entries;
    if (!passes("store.listing", "", "give the key s3:ListBucket",
                [&] { entries = store_.list(key, "", 1, deadline()); })) {
      return;
    }
    add("store.listing", !entries.empty() && entries.front().key == key,
        "a new object is listed at once",
        "a new object is not listed at once: a worker would read an old state of a job's log",
        "use a store whose listings are consistent");
  }

  void try_fence() {
    if (unfenced_) {
      findings_.push_back({"store.conditional", Verdict::warn,
                           "not used, as --unfenced says: two workers can work on one job and "
                           "overwrite each other",
                           "use a store with conditional writes, without --unfenced"});
      return;
    }
    Fence fence = Fence::holds;
    if (!passes("store.conditional", "", "",
                [&] { fence = probe_fence(store_, clock_, random_, deadline()); })) {
      return;
    }
    add("store.conditional", fence == Fence::holds,
        "a second create of one object is refused (If-None-Match)",
        fence == Fence::holds ? "" : what_is_wrong(fence),
        "use a store that has them (AWS S3, R2, Ceph, MinIO), or accept the risks in "
        "docs/doctor.md: --unfenced");
    if (fence == Fence::holds) race();
  }

  // As when several workers claim one job at once.
  void race() {
    int winners_most = 0;
    int winners_least = kRivals;
    const bool done = passes("store.race", "", "the store must answer all at once", [&] {
      for (int i = 0; i < kRaces; ++i) {
        const int winners = winners_of_one_race();
        winners_most = std::max(winners_most, winners);
        winners_least = std::min(winners_least, winners);
      }
    });
    if (!done) return;
    if (winners_most == 1 && winners_least == 0) {
      findings_.push_back({"store.race", Verdict::warn,
                           "of " + std::to_string(kRivals) +
                               " simultaneous creates none succeeded: answers were lost",
                           "try again with a better network"});
      return;
    }
    add("store.race", winners_most == 1,
        "of " + std::to_string(kRivals) + " simultaneous creates exactly one succeeds",
        "of " + std::to_string(kRivals) + " creates at once " + std::to_string(winners_most) +
            " succeeded",
        "do not use this store: two workers would work on one job");
  }

  int winners_of_one_race() {
    const ProbeObject object(store_, clock_, random_);
    int winners = 0;
    ThreadPool pool(kRivals, false);
    for (int rival = 0; rival < kRivals; ++rival) {
      pool.give([&, rival] {
        const bool won = store_.create(object.key(), "rival " + std::to_string(rival),
                                       deadline()) == CreateOutcome::created;
        pool.alone([&] { winners += won ? 1 : 0; });
      });
    }
    pool.finish();
    return winners;
  }

  void copy(const std::string& from, const std::string& bytes) {
    const ProbeObject to(store_, clock_, random_);
    std::optional<std::string> there;
    if (!passes("store.copy", "", "Holdfast publishes results by copies inside the store", [&] {
          if (store_.copy(from, to.key(), bytes.size(), deadline())) {
            there = store_.get(to.key(), bytes.size(), deadline());
          }
        })) {
      return;
    }
    add("store.copy", there == bytes, "objects can be copied inside the store",
        "a copy inside the store differs from the original", "use another store");
  }

  // As a large output is stored and published: in parts, where the store has them.
  void upload_large() {
    const std::string bytes = random_bytes(random_, kUploadBytes);
    const ProbeObject object(store_, clock_, random_);
    const ProbeObject published(store_, clock_, random_);
    std::optional<std::string> there;
    std::vector<UnfinishedUpload> unfinished;
    if (!passes("store.parts", "",
                "large outputs are uploaded in parts: give the key s3:AbortMultipartUpload and "
                "s3:ListBucketMultipartUploads, too",
                [&] {
                  const TemporaryFile file(random_, bytes);
                  store_.upload(object.key(), file.path(), bytes.size(), sha256(bytes),
                                deadline(bytes.size()));
                  if (store_.copy(object.key(), published.key(), bytes.size(),
                                  deadline(bytes.size()))) {
                    there = store_.get(published.key(), bytes.size(), deadline(bytes.size()));
                  }
                  unfinished = store_.unfinished_uploads(object.key(), 1, deadline());
                })) {
      return;
    }
    add("store.parts", there == bytes && unfinished.empty(),
        "a large object can be stored and copied in parts",
        there == bytes ? "a finished upload in parts is listed as unfinished"
                       : "a large object that was stored in parts does not read back correctly",
        "use another store, or keep outputs below 64 MiB");
  }

  void remove() {
    const ProbeObject object(store_, clock_, random_);
    const std::string key = object.key();
    bool gone = false;
    if (!passes("store.remove", "",
                "give the key s3:DeleteObject, or old checkpoints stay forever; doctor's own "
                "objects are below " +
                    std::string(kProbeFolder),
                [&] {
                  store_.put(key, "x", sha256("x"), deadline());
                  store_.remove(key, deadline());
                  gone = !store_.get(key, 1, deadline()).has_value();
                })) {
      return;
    }
    add("store.remove", gone, "objects can be removed", "a removed object can still be read",
        "use a store with read-after-write consistency, without a cache in front");
  }

  void measure() {
    const ProbeObject object(store_, clock_, random_);
    const std::string small = random_bytes(random_, kSmallBytes);
    const std::string large = random_bytes(random_, kLargeBytes);
    const Sha256Digest large_digest = sha256(large);
    std::vector<Duration> round_trips;
    Duration up{};
    Duration down{};
    const auto timed = [&](const auto& step) {
      const TimePoint begin = clock_.now();
      step();
      return clock_.now() - begin;
    };
    if (!passes("store.speed", "", "try again", [&] {
          for (int i = 0; i < kSpeedTries; ++i) {
            round_trips.push_back(
                timed([&] { store_.put(object.key(), small, sha256(small), deadline()); }));
          }
          up =
              timed([&] { store_.put(object.key(), large, large_digest, deadline(large.size())); });
          down = timed([&] {
            static_cast<void>(store_.get(object.key(), large.size(), deadline(large.size())));
          });
        })) {
      return;
    }
    std::sort(round_trips.begin(), round_trips.end());
    findings_.push_back({"store.speed",
                         Verdict::note,
                         "a small write takes " +
                             milliseconds_text(round_trips[round_trips.size() / 2]) +
                             "; an object of 4 MiB is uploaded at " + rate_text(kLargeBytes, up) +
                             " and downloaded at " + rate_text(kLargeBytes, down),
                         {}});
  }

  Store& store_;
  const Clock& clock_;
  Random& random_;
  const bool unfenced_;
  const std::stop_token stop_;
  Findings findings_;
};

}  // namespace

Findings check_store(Store& store, const Clock& clock, Random& random, bool unfenced,
                     const std::stop_token& stop) {
  return StoreCheck(store, clock, random, unfenced, stop).run();
}

Finding judge_clock(std::optional<std::chrono::seconds> ahead) {
  if (!ahead) {
    return {"store.clock", Verdict::note, "the server does not show its time", {}};
  }
  const auto off = std::chrono::abs(*ahead);
  const std::string by = std::to_string(off.count()) + " s";
  if (off < kClockOff) {
    return {
        "store.clock", Verdict::ok, "this machine's clock is within " + by + " of the store's", {}};
  }
  return {"store.clock", Verdict::warn,
          "this machine's clock is " + by + (ahead->count() > 0 ? " behind" : " ahead of") +
              " the store's; Holdfast signs its requests with the store's time, but other programs "
              "will be refused",
          "set the clock: timedatectl set-ntp true"};
}

Finding judge_room(std::uint64_t bytes_free) {
  const bool few = bytes_free < kRoomFew;
  return {"store.room", few ? Verdict::warn : Verdict::ok, bytes_text(bytes_free) + " are free",
          few ? "make room for checkpoints and results" : ""};
}

}  // namespace holdfast
