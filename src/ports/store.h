// Where checkpoints, logs and results live: a bucket or a directory. Keys are relative to the
// store's own prefix, '/'-separated, without leading or doubled '/'.
//
// Every call ends by its deadline. Failures are Error: `unavailable` when the outcome is unknown or
// the store may work later (it may have applied the write!), `denied` when it refuses access (keys,
// no such bucket, a quota), `rejected` when it never will (a key that cannot be one, a condition
// that it does not know), `corrupt` when an answer contradicts itself.
// Any thread may call.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/time.h"
#include "holdfast/error.h"

namespace holdfast {

enum class [[nodiscard]] CreateOutcome{
    created,  // The key was absent and now holds our bytes.
    exists,   // The key was there. Whose bytes it holds is for the caller to read.
};

// Whether an object is there with the bytes that a digest was taken of.
enum class [[nodiscard]] Holding{absent, equal, different};

struct ObjectEntry {
  std::string key;
  std::uint64_t size_bytes = 0;
};

// A large object that was begun part by part and is not there: somebody is still at it, or died.
struct UnfinishedUpload {
  std::string key;
  std::string id;  // The store's own name for it.
};

// What a store says that wants to be asked less often, as Error (unavailable): repeat the call no
// sooner than kBusyPause.
class StoreBusy : public Error {
 public:
  static constexpr Duration kBusyPause = std::chrono::seconds(1);
  explicit StoreBusy(const std::string& what) : Error(ErrorKind::unavailable, what) {}
};

class Store {
 public:
  virtual ~Store() = default;

  // The object's bytes; nullopt only if it is certainly not there. Error (corrupt) if it is
  // larger than `size_bytes_max`: then it is not what was stored.
  virtual std::optional<std::string> get(const std::string& key, std::uint64_t size_bytes_max,
                                         TimePoint deadline) = 0;

  // `size_bytes` of the object's bytes from `first` on, which it must have: an object that is too
  // short is Error (corrupt). nullopt only if it is certainly not there.
  virtual std::optional<std::string> get_range(const std::string& key, std::uint64_t first,
                                               std::uint64_t size_bytes, TimePoint deadline) = 0;

  // Create-if-absent: of any number of concurrent calls exactly one is told `created`. The only
  // primitive that ownership rests on.
  virtual CreateOutcome create(const std::string& key, std::string_view bytes,
                               TimePoint deadline) = 0;

  // Writes the object whole, durable when it returns. The store checks `digest` where it can.
  virtual void put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
                   TimePoint deadline) = 0;

  // As put, from a file of any size, without holding it in memory. `size_bytes` and `digest` are
  // those of the file, which must not change meanwhile. A call that failed as `unavailable` and is
  // made again goes on where it stopped, where the store can.
  virtual void upload(const std::string& key, const std::filesystem::path& file,
                      std::uint64_t size_bytes, const Sha256Digest& digest, TimePoint deadline) = 0;

  // Compares the object with `size_bytes` bytes that have `digest`. Bytes that the store holds for
  // us are read; a store that was told the digest when it took them, and checks itself what it
  // holds, may answer from that.
  virtual Holding holds(const std::string& key, std::uint64_t size_bytes,
                        const Sha256Digest& digest, TimePoint deadline) = 0;

  // Copies an object of `size_bytes` inside the store, replacing `to`. False if there is no `from`.
  [[nodiscard]] virtual bool copy(const std::string& from, const std::string& to,
                                  std::uint64_t size_bytes, TimePoint deadline) = 0;

  // Removes the object; absent is fine.
  virtual void remove(const std::string& key, TimePoint deadline) = 0;

  // Objects whose key starts with `prefix` and is greater than `after`, in byte order, at most
  // `count_max` (fewer only at the end).
  virtual std::vector<ObjectEntry> list(const std::string& prefix, const std::string& after,
                                        std::size_t count_max, TimePoint deadline) = 0;

  // The folders directly below `prefix`, which is empty or ends in '/': the distinct segments that
  // follow it in keys and are not their last, at most `count_max`. In the order of their keys, so
  // as if each ended in '/' ("a-b" before "a"); only those behind `after` in that order, if it is
  // not empty.
  virtual std::vector<std::string> list_folders(const std::string& prefix, const std::string& after,
                                                std::size_t count_max, TimePoint deadline) = 0;

  // Uploads of keys that start with `prefix` and were neither finished nor abandoned, at most
  // `count_max`. What they stored takes space and shows in no listing.
  virtual std::vector<UnfinishedUpload> unfinished_uploads(const std::string& prefix,
                                                           std::size_t count_max,
                                                           TimePoint deadline) = 0;

  // Removes what an unfinished upload has stored; absent is fine. An uploader that is still busy
  // has to start again.
  virtual void abandon(const UnfinishedUpload& upload, TimePoint deadline) = 0;
};

}  // namespace holdfast
