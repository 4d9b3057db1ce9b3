// The bucket of a simulated world: the objects themselves, and a store that shows them as they are,
// at once and without fail.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast::sim {

// Of the fleet whose bucket it is.
constexpr const char* kQueue = "jobs";

// A clock for whoever never waits.
class NoClock final : public Clock {
 public:
  TimePoint now() const override { return {}; }
  WallTime wall() const override { return {}; }
  void wait_until(TimePoint) override {}
};

struct Bucket {
  std::map<std::string, std::string> objects;
  // Sees every change, before it is made. `writer`: the worker whose call it was.
  std::function<void(const std::string& key, const std::string& bytes, const std::string& writer)>
      on_write;
  std::function<void(const std::string& key)> on_remove;
  // A worker sends a write, whether it arrives or not; or a removal.
  std::function<void(const std::string& key)> on_write_sent;
  std::function<void(const std::string& key)> on_remove_sent;

  void write(const std::string& key, const std::string& bytes, const std::string& writer);
};

class BucketStore final : public Store {
 public:
  BucketStore(Bucket& bucket, std::string writer) : bucket_(bucket), writer_(std::move(writer)) {}

  // The keys of all objects that were read.
  const std::set<std::string>& read() const { return read_; }

  std::optional<std::string> get(const std::string& key, std::uint64_t size_bytes_max,
                                 TimePoint deadline) override;
  std::optional<std::string> get_range(const std::string& key, std::uint64_t first,
                                       std::uint64_t size_bytes, TimePoint deadline) override;
  CreateOutcome create(const std::string& key, std::string_view bytes, TimePoint deadline) override;
  void put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
           TimePoint deadline) override;
  void upload(const std::string& key, const std::filesystem::path& file, std::uint64_t size_bytes,
              const Sha256Digest& digest, TimePoint deadline) override;
  Holding holds(const std::string& key, std::uint64_t size_bytes, const Sha256Digest& digest,
                TimePoint deadline) override;
  bool copy(const std::string& from, const std::string& to, std::uint64_t size_bytes,
            TimePoint deadline) override;
  void remove(const std::string& key, TimePoint deadline) override;
  std::vector<ObjectEntry> list(const std::string& prefix, const std::string& after,
                                std::size_t count_max, TimePoint deadline) override;
  std::vector<std::string> list_folders(const std::string& prefix, const std::string& after,
                                        std::size_t count_max, TimePoint deadline) override;
  std::vector<UnfinishedUpload> unfinished_uploads(const std::string& prefix, std::size_t count_max,
                                                   TimePoint deadline) override;
  void abandon(const UnfinishedUpload& upload, TimePoint deadline) override;

 private:
  Bucket& bucket_;
  const std::string writer_;
  std::set<std::string> read_;
};

}  // namespace holdfast::sim
