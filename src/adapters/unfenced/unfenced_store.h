// A Store around one that has no conditional writes: create() looks, writes, and reads back what
// stands there. That is no fence: of two callers that look before either writes, both may be told
// `created`, and one that was frozen in between overwrites what others wrote meanwhile
// (docs/decisions/0014-unfenced-stores.md says what is lost). Only for who asks for it.
#pragma once

#include <cstdint>

#include "ports/store.h"

namespace holdfast {

class UnfencedStore final : public Store {
 public:
  // What stands under a key that others created may be larger than what we would write.
  static constexpr std::uint64_t kReadBackBytesMax = 16 * 1024 * 1024;

  // Borrows `inner`.
  explicit UnfencedStore(Store& inner) : inner_(inner) {}

  std::optional<std::string> get(const std::string& key, std::uint64_t size_bytes_max,
                                 TimePoint deadline) override;
  CreateOutcome create(const std::string& key, std::string_view bytes, TimePoint deadline) override;
  void put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
           TimePoint deadline) override;
  void upload(const std::string& key, const std::filesystem::path& file, std::uint64_t size_bytes,
              const Sha256Digest& digest, TimePoint deadline) override;
  bool copy(const std::string& from, const std::string& to, std::uint64_t size_bytes,
            TimePoint deadline) override;
  void remove(const std::string& key, TimePoint deadline) override;
  std::vector<ObjectEntry> list(const std::string& prefix, const std::string& after,
                                std::size_t count_max, TimePoint deadline) override;
  std::vector<std::string> list_folders(const std::string& after, std::size_t count_max,
                                        TimePoint deadline) override;
  std::vector<UnfinishedUpload> unfinished_uploads(const std::string& prefix, std::size_t count_max,
                                                   TimePoint deadline) override;
  void abandon(const UnfinishedUpload& upload, TimePoint deadline) override;

 private:
  Store& inner_;
};

}  // namespace holdfast
