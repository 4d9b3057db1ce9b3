// A worker's way to the bucket: each call travels there and back, may be lost, held back or
// damaged, and ends by its deadline. What was sent arrives also if its sender dies meanwhile.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "bucket.h"
#include "network.h"

namespace holdfast::sim {

class SimStore final : public Store {
 public:
  // `to_world`: the worker's clock, by which deadlines are.
  SimStore(Actor& actor, std::string worker, Bucket& bucket, Network& network, const Faults& faults,
           std::function<TimePoint(TimePoint)> to_world, bool awaited)
      : actor_(actor),
        worker_(std::move(worker)),
        bucket_(bucket),
        network_(network),
        faults_(faults),
        to_world_(std::move(to_world)),
        awaited_(awaited) {}

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
  // `at_store` is carried out when the request arrives, whoever still waits. `late`: the mark if
  // that is after its deadline.
  template <typename Answer>
  Answer call(const std::string& what, const char* late, TimePoint deadline,
              std::function<Answer(BucketStore&)> at_store);
  void damage(const std::string& key, std::string& bytes);
  // A call of this worker fails or is late.
  void trouble(TimePoint until);

  Actor& actor_;
  const std::string worker_;
  Bucket& bucket_;
  Network& network_;
  const Faults& faults_;
  const std::function<TimePoint(TimePoint)> to_world_;
  // Its job goes on when this store has answered: what fails here excuses the worker.
  const bool awaited_;
  std::set<std::string> damaged_;  // Each is read once more, so never twice.
};

}  // namespace holdfast::sim
