#include "inputs/input_fetcher.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <set>
#include <variant>

#include "base/file.h"
#include "base/file_digest.h"
#include "base/locked.h"
#include "base/mailbox.h"
#include "base/thread_pool.h"
#include "holdfast/error.h"
#include "inputs/input_plan.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

using What = InputsOutcome::What;

// As many at once as a line with some delay needs; each holds one range in memory.
constexpr int kWidth = 8;
constexpr std::uint64_t kRangeBytes = 4 * 1024 * 1024;
constexpr std::uint64_t kBytesPerSecondMin = 64 * 1024;
// Between two looks whether another worker has fetched what we want too.
constexpr Duration kLook = std::chrono::milliseconds(50);
constexpr int kRoundsMax = 3;
constexpr mode_t kReadOnlyFolder = 0555;

// What was listed is not what is there any more: the plan is made anew.
struct PlanOutdated {};

TimePoint deadline_for(const Clock& clock, std::uint64_t size_bytes) {
  return clock.now() + std::chrono::seconds(20) +
         std::chrono::seconds(size_bytes / kBytesPerSecondMin);
}

// The digest of a file whose ranges come in any order: it runs behind them.
class FollowingDigest {
 public:
  explicit FollowingDigest(std::uint64_t size_bytes) : size_bytes_(size_bytes) {}

  // Call when the range that begins at `first` is written. True for the call after which all is
  // read.
  bool written(std::uint64_t first, const InputCache::Place& place) {
    bool ours = false;  // To read what comes next: one thread does, and the others go on.
    ready_.with([&](Ready& ready) {
      ready.ranges.insert(first);
      if (!ready.reading) ours = ready.reading = ready.ranges.erase(at_) > 0;
    });
    while (ours) {
      read_range_into(bytes_, place.file, place.path, at_, kRangeBytes);
      digest_.update(bytes_);
      at_ += bytes_.size();
      if (at_ == size_bytes_) return true;
      ready_.with([&](Ready& ready) { ours = ready.reading = ready.ranges.erase(at_) > 0; });
    }
    return false;
  }
  Sha256Digest finish() { return digest_.finish(); }

 private:
  struct Ready {
    std::set<std::uint64_t> ranges;  // Written and not read.
    bool reading = false;            // A thread is at it, and owns what stands below.
  };

  const std::uint64_t size_bytes_;
  Locked<Ready> ready_;
  std::uint64_t at_ = 0;
  Sha256 digest_;
  std::string bytes_;
};

// One call of deliver().
class Delivery {
 public:
  Delivery(const InputDoors& doors, const InputRules& rules, const InputCache& cache,
           const Clock& clock, const fs::path& directory, const std::stop_token& stop)
      : rules_(rules),
        cache_(cache),
        clock_(clock),
        web_(doors.web),
        planner_(doors, rules, clock),
        directory_(directory),
        stop_(stop) {}

  InputsOutcome bring(const InputReferences& inputs) {
    for (int round = 1;; ++round) {  // Ends when the plan held meanwhile, or after some rounds.
      make_empty(directory_);
      const InputPlan plan = planner_.plan(inputs, stop_);
      try {
        bring(plan);
        if (!still_holds(plan, inputs)) throw PlanOutdated();
      } catch (const PlanOutdated&) {
        if (round < kRoundsMax) continue;
        throw trouble(What::not_yet, "its inputs changed while they were fetched");
      }
      std::uint64_t bytes = 0;
      fetched_.with([&](const Fetched& fetched) { bytes = fetched.bytes; });
      if (bytes > 0) cache_.make_room(0, InputCache::Room::within_bound);
      close_folders();
      return {What::delivered, {}, plan.pieces.size() + plan.links.size(), bytes};
    }
  }

 private:
  struct Fetched {
    std::vector<std::string> identities;
    std::uint64_t bytes = 0;
  };

  // A file of which several ranges are under way.
  struct Large {
    Large(InputPiece what, InputCache::Place where)
        : piece(std::move(what)), place(std::move(where)), digest(*piece.size_bytes) {}
    const InputPiece piece;
    const InputCache::Place place;
    FollowingDigest digest;
  };

  // What was fetched without a digest has the bytes of what was listed, if that is still there.
  bool still_holds(const InputPlan& plan, const InputReferences& inputs) {
    std::vector<std::string> identities;
    fetched_.with([&](Fetched& fetched) { identities.swap(fetched.identities); });
    if (identities.empty() || planner_.still_holds(plan, inputs, stop_)) return true;
    for (const std::string& identity : identities) cache_.forget(identity);
    return false;
  }

  void bring(const InputPlan& plan) {
    for (const fs::path& folder : plan.folders) make_private_folders(directory_ / folder);
    for (const InputPiece& piece : plan.pieces) {
      if (piece.path.has_parent_path()) {
        make_private_folders((directory_ / piece.path).parent_path());
      }
    }
    for (const InputLink& link : plan.links) {
      fs::create_symlink(link.target, directory_ / link.path);
    }
    std::vector<InputPiece> missing;
    for (const InputPiece& piece : plan.pieces) {
      give_up_if_stopped();
      if (!deliver_kept(piece)) missing.push_back(piece);
    }
    if (missing.empty()) return;
    const std::uint64_t incoming = find_sizes(missing);
    cache_.make_room(incoming, InputCache::Room::within_bound);
    // A thread is not worth it for one small file.
    ThreadPool pool(missing.size() == 1 && incoming <= kRangeBytes ? 1 : kWidth,
                    /*background=*/false);
    for (const InputPiece& piece : missing) {
      give_up_if_stopped();
      if (piece.store != nullptr && *piece.size_bytes > kRangeBytes) {
        give_ranges(piece, pool);
      } else {
        pool.give([this, &piece] { bring_small(piece); });
      }
    }
    pool.finish();
  }

  // Of objects that only their digest names. Returns how much there is of all.
  std::uint64_t find_sizes(std::vector<InputPiece>& pieces) const {
    ThreadPool pool(pieces.size() == 1 ? 1 : kWidth, /*background=*/false);
    for (InputPiece& piece : pieces) {
      if (piece.store == nullptr || piece.size_bytes) continue;
      pool.give([this, &piece] {
        give_up_if_stopped();
        planner_.find(piece);
      });
    }
    pool.finish();
    std::uint64_t bytes = 0;
    for (const InputPiece& piece : pieces) bytes += piece.size_bytes.value_or(0);
    return bytes;
  }

  void give_up_if_stopped() const {
    if (stop_.stop_requested()) throw trouble(What::stopped, {});
  }

  std::optional<Sha256Digest> known_digest(const InputPiece& piece) const {
    if (piece.digest) return piece.digest;
    return piece.identity.empty() ? std::nullopt : cache_.digest_of(piece.identity);
  }

  bool deliver_kept(const InputPiece& piece) const {
    const auto digest = known_digest(piece);
    return digest && cache_.deliver(*digest, directory_ / piece.path, piece.executable);
  }

  // A place to fetch it into; nullopt if another worker fetched it meanwhile and it is delivered.
  std::optional<InputCache::Place> begin(const InputPiece& piece) {
    const std::string name =
        piece.digest ? piece.digest->hex()
                     : sha256(piece.identity.empty() ? piece.shown : piece.identity).hex();
    for (;;) {  // Ends when nobody else fetches it, or it was fetched, or we are stopped.
      auto place = cache_.begin(name);
      // Also with the place in hand: it may have been kept just before that.
      if (deliver_kept(piece)) {
        if (place) InputCache::drop(*place);
        return std::nullopt;
      }
      if (place) return place;
      give_up_if_stopped();
      static_cast<void>(stopped_.next(clock_.now() + kLook));
    }
  }

  void give_ranges(const InputPiece& piece, ThreadPool& pool) {
    auto place = begin(piece);
    if (!place) return;
    if (::ftruncate(place->file.get(), static_cast<off_t>(*piece.size_bytes)) != 0) {
      throw_system_error("set the size of", place->path);
    }
    // Shared by the threads that fetch its ranges; the last one finishes it.
    const auto large = std::make_shared<Large>(piece, std::move(*place));
    for (std::uint64_t first = 0; first < *large->piece.size_bytes; first += kRangeBytes) {
      pool.give([this, large, first] {
        const std::uint64_t size = std::min(kRangeBytes, *large->piece.size_bytes - first);
        write_range(large->place.file, large->place.path, first, range(large->piece, first, size));
        if (large->digest.written(first, large->place)) {
          finish(large->piece, large->place, large->digest.finish());
        }
      });
    }
  }

  void bring_small(const InputPiece& piece) {
    const auto place = begin(piece);
    if (!place) return;
    if (piece.store == nullptr) return download(piece, *place);
    if (::ftruncate(place->file.get(), 0) != 0) {
      throw_system_error("set the size of", place->path);
    }
    const std::uint64_t size = *piece.size_bytes;
    const std::string bytes = size == 0 ? std::string() : range(piece, 0, size);
    write_range(place->file, place->path, 0, bytes);
    finish(piece, *place, sha256(bytes));
  }

  // Goes on where an earlier try stopped: the digest tells whether it fits.
  void download(const InputPiece& piece, const InputCache::Place& place) {
    const auto size_now = [&] {
      struct stat status {};
      if (::fstat(place.file.get(), &status) != 0) throw_system_error("read", place.path);
      return static_cast<std::uint64_t>(status.st_size);
    };
    std::uint64_t at = size_now();
    const bool went_on = at > 0;
    const auto begins_at = [&](std::uint64_t first) {
      at = first;
      if (::ftruncate(place.file.get(), static_cast<off_t>(first)) != 0) {
        throw_system_error("set the size of", place.path);
      }
    };
    const auto take = [&](std::string_view bytes) {
      give_up_if_stopped();
      write_range(place.file, place.path, at, bytes);
      at += bytes.size();
    };
    bool there = false;
    blamed_on(Whose::web, piece.input, piece.shown, [&] {
      for (std::uint64_t before = at;; before = at) {  // Ends when a turn brings nothing.
        const Web::Asked asked{piece.key, at,
                               [this](const std::string& url) { return rules_.allows_url(url); },
                               [this](const std::string& url) { return rules_.names_host(url); }};
        try {
          there = web_.download(asked, begins_at, take);
          return;
        } catch (const Error& error) {
          if (!error.may_work_later() || at <= before) throw;
        }
      }
    });
    if (!there) throw_absent(piece, "does not exist: the server does not know this address");
    const Sha256Digest digest = digest_of_file(place.file, place.path);
    if (went_on && digest != *piece.digest) {
      begins_at(0);
      throw PlanOutdated();  // From the beginning.
    }
    finish(piece, place, digest);
  }

  std::string range(const InputPiece& piece, std::uint64_t first, std::uint64_t size) {
    give_up_if_stopped();
    std::optional<std::string> bytes;
    try {
      blamed_on(planner_.whose(piece), piece.input, piece.shown, [&] {
        bytes = piece.store->get_range(piece.key, first, size, deadline_for(clock_, size));
        if (!bytes && !piece.second_key.empty()) {
          bytes = piece.store->get_range(piece.second_key, first, size, deadline_for(clock_, size));
        }
      });
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      throw PlanOutdated();
    }
    if (!bytes && !piece.digest) throw PlanOutdated();
    if (!bytes) throw_absent(piece, "does not exist: there is no such object");
    return std::move(*bytes);
  }

  void finish(const InputPiece& piece, const InputCache::Place& place, const Sha256Digest& digest) {
    if (piece.digest && digest != *piece.digest) {
      InputCache::drop(place);
      throw_absent(piece, "does not match its digest: its SHA-256 is " + digest.hex() + ", not " +
                              piece.digest->hex());
    }
    struct stat status {};
    if (::fstat(place.file.get(), &status) != 0) throw_system_error("read", place.path);
    // First, so that whoever waits for it finds it at once.
    if (!piece.identity.empty()) cache_.note(piece.identity, digest);
    cache_.keep(place, digest);
    // Another worker may have made room in between; then it is fetched again.
    if (!cache_.deliver(digest, directory_ / piece.path, piece.executable)) throw PlanOutdated();
    fetched_.with([&](Fetched& fetched) {
      fetched.bytes += static_cast<std::uint64_t>(status.st_size);
      if (!piece.identity.empty()) fetched.identities.push_back(piece.identity);
    });
  }

  [[noreturn]] static void throw_absent(const InputPiece& piece, const std::string& what) {
    throw trouble(What::absent, input_sentence(piece.input, piece.shown, what));
  }

  // A program that writes its results beside its inputs is told at once.
  void close_folders() const {
    std::vector<fs::path> folders{directory_};
    for (const auto& entry : fs::recursive_directory_iterator(directory_)) {
      if (entry.is_directory() && !entry.is_symlink()) folders.push_back(entry.path());
    }
    for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
      if (::chmod(folder->c_str(), kReadOnlyFolder) != 0) {
        throw_system_error("set the mode of", *folder);
      }
    }
  }

  const InputRules& rules_;
  const InputCache& cache_;
  const Clock& clock_;
  Web& web_;
  const InputPlanner planner_;
  const fs::path& directory_;
  const std::stop_token& stop_;
  Mailbox<std::monostate> stopped_;
  const std::stop_callback<std::function<void()>> on_stop_{stop_, [this] { stopped_.post({}); }};

  Locked<Fetched> fetched_;
};

}  // namespace

InputsOutcome InputFetcher::deliver(const InputReferences& inputs, const fs::path& directory,
                                    const std::stop_token& stop) const {
  try {
    cache_.open();
    try {
      return Delivery(doors_, rules_, cache_, clock_, directory, stop).bring(inputs);
    } catch (const DiskFull&) {
      cache_.make_room(0, InputCache::Room::all);
    }
    return Delivery(doors_, rules_, cache_, clock_, directory, stop).bring(inputs);
  } catch (const InputTrouble& trouble) {
    return trouble.outcome;
  }
}

}  // namespace holdfast
