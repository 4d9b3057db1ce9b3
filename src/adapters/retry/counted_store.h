// A store whose requests are counted. Stands below the retries, so that every try is seen.
#pragma once

#include "core/store_traffic.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

class CountedStore final : public Store {
 public:
  // Borrows all of them.
  CountedStore(Store& inner, StoreTraffic& traffic, const Clock& clock)
      : inner_(inner), traffic_(traffic), clock_(clock) {}

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
  template <typename Call>
  auto counted(const Call& call);
  void expect_long(std::uint64_t size_bytes);

  Store& inner_;
  StoreTraffic& traffic_;
  const Clock& clock_;
};

}  // namespace holdfast
