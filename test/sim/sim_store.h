// The bucket of a simulated world, and each actor's view of it, which delays, fails and loses
// answers.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "faults.h"
#include "ports/store.h"
#include "world.h"

namespace holdfast::sim {

// The objects themselves. `on_write` sees every change, before it is made.
struct Bucket {
  std::map<std::string, std::string> objects;
  std::function<void(const std::string& key, const std::string& bytes)> on_write;
  std::function<void(const std::string& key)> on_remove;

  void write(const std::string& key, const std::string& bytes);
};

class SimStore final : public Store {
 public:
  SimStore(Actor& actor, Bucket& bucket, const Faults& faults)
      : actor_(actor), bucket_(bucket), faults_(faults) {}

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
  // Before and after a call: time passes, and it may fail.
  void go(const std::string& what);
  void come_back(const std::string& what);
  bool faulty() const;

  Actor& actor_;
  Bucket& bucket_;
  const Faults& faults_;
};

}  // namespace holdfast::sim
