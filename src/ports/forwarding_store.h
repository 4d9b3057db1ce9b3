// A Store that hands everything on to another one, which it borrows: what a decorator overrides is
// what it is for.
#pragma once

#include "ports/store.h"

namespace holdfast {

class ForwardingStore : public Store {
 public:
  explicit ForwardingStore(Store& inner) : inner_(inner) {}

  std::optional<std::string> get(const std::string& key, std::uint64_t size_bytes_max,
                                 TimePoint deadline) override {
    return inner_.get(key, size_bytes_max, deadline);
  }
  std::optional<std::string> get_range(const std::string& key, std::uint64_t first,
                                       std::uint64_t size_bytes, TimePoint deadline) override {
    return inner_.get_range(key, first, size_bytes, deadline);
  }
  CreateOutcome create(const std::string& key, std::string_view bytes,
                       TimePoint deadline) override {
    return inner_.create(key, bytes, deadline);
  }
  void put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
           TimePoint deadline) override {
    inner_.put(key, bytes, digest, deadline);
  }
  void upload(const std::string& key, const std::filesystem::path& file, std::uint64_t size_bytes,
              const Sha256Digest& digest, TimePoint deadline) override {
    inner_.upload(key, file, size_bytes, digest, deadline);
  }
  Holding holds(const std::string& key, std::uint64_t size_bytes, const Sha256Digest& digest,
                TimePoint deadline) override {
    return inner_.holds(key, size_bytes, digest, deadline);
  }
  bool copy(const std::string& from, const std::string& to, std::uint64_t size_bytes,
            TimePoint deadline) override {
    return inner_.copy(from, to, size_bytes, deadline);
  }
  void remove(const std::string& key, TimePoint deadline) override { inner_.remove(key, deadline); }
  std::vector<ObjectEntry> list(const std::string& prefix, const std::string& after,
                                std::size_t count_max, TimePoint deadline) override {
    return inner_.list(prefix, after, count_max, deadline);
  }
  std::vector<std::string> list_folders(const std::string& prefix, const std::string& after,
                                        std::size_t count_max, TimePoint deadline) override {
    return inner_.list_folders(prefix, after, count_max, deadline);
  }
  std::vector<UnfinishedUpload> unfinished_uploads(const std::string& prefix, std::size_t count_max,
                                                   TimePoint deadline) override {
    return inner_.unfinished_uploads(prefix, count_max, deadline);
  }
  void abandon(const UnfinishedUpload& upload, TimePoint deadline) override {
    inner_.abandon(upload, deadline);
  }

 protected:
  Store& inner_;
};

}  // namespace holdfast
