// A Store around another one in which exactly one call goes wrong, the n-th: refused before it does
// anything, or carried out with its answer lost. Looping over n meets every place.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "holdfast/error.h"
#include "ports/store.h"

namespace holdfast {

enum class Fault { refused, answer_lost };

class FaultyStore final : public Store {
 private:
  // First, because what they return is deduced.
  template <typename Call>
  auto call(const std::string& key, const Call& inner_call) {
    const bool now = left_.fetch_sub(1) == 0;
    if (now && fault_ == Fault::refused) {
      throw Error(ErrorKind::unavailable, "planned: refused at " + key);
    }
    auto answer = inner_call();
    if (now) throw Error(ErrorKind::unavailable, "planned: answer lost at " + key);
    return answer;
  }

  template <typename Call>
  auto write(const std::string& key, const Call& inner_call) {
    if (before_write) before_write(key);
    return call(key, inner_call);
  }

  template <typename Call>
  auto read(const std::string& key, const Call& inner_call) {
    if (before_read) before_read(key);
    return call(key, inner_call);
  }

 public:
  explicit FaultyStore(Store& inner) : inner_(inner) {}

  // The call after `calls` further ones goes wrong.
  void plan(std::size_t calls, Fault fault) {
    fault_ = fault;
    left_ = static_cast<std::int64_t>(calls);
  }
  // Whether the planned fault is still to come.
  bool pending() const { return left_ >= 0; }
  // Called before each call that changes something, with its key.
  std::function<void(const std::string& key)> before_write;
  // Called before each call that only reads.
  std::function<void(const std::string& key)> before_read;

  std::optional<std::string> get(const std::string& key, std::uint64_t size_bytes_max,
                                 TimePoint deadline) override {
    return read(key, [&] { return inner_.get(key, size_bytes_max, deadline); });
  }
  std::optional<std::string> get_range(const std::string& key, std::uint64_t first,
                                       std::uint64_t size_bytes, TimePoint deadline) override {
    return read(key, [&] { return inner_.get_range(key, first, size_bytes, deadline); });
  }
  CreateOutcome create(const std::string& key, std::string_view bytes,
                       TimePoint deadline) override {
    return write(key, [&] { return inner_.create(key, bytes, deadline); });
  }
  void put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
           TimePoint deadline) override {
    write(key, [&] { return inner_.put(key, bytes, digest, deadline), 0; });
  }
  void upload(const std::string& key, const std::filesystem::path& file, std::uint64_t size_bytes,
              const Sha256Digest& digest, TimePoint deadline) override {
    write(key, [&] { return inner_.upload(key, file, size_bytes, digest, deadline), 0; });
  }
  Holding holds(const std::string& key, std::uint64_t size_bytes, const Sha256Digest& digest,
                TimePoint deadline) override {
    return read(key, [&] { return inner_.holds(key, size_bytes, digest, deadline); });
  }
  bool copy(const std::string& from, const std::string& to, std::uint64_t size_bytes,
            TimePoint deadline) override {
    return write(to, [&] { return inner_.copy(from, to, size_bytes, deadline); });
  }
  void remove(const std::string& key, TimePoint deadline) override {
    write(key, [&] { return inner_.remove(key, deadline), 0; });
  }
  std::vector<ObjectEntry> list(const std::string& prefix, const std::string& after,
                                std::size_t count_max, TimePoint deadline) override {
    return read(prefix, [&] { return inner_.list(prefix, after, count_max, deadline); });
  }
  std::vector<std::string> list_folders(const std::string& prefix, const std::string& after,
                                        std::size_t count_max, TimePoint deadline) override {
    return read(after, [&] { return inner_.list_folders(prefix, after, count_max, deadline); });
  }
  std::vector<UnfinishedUpload> unfinished_uploads(const std::string& prefix, std::size_t count_max,
                                                   TimePoint deadline) override {
    return read(prefix, [&] { return inner_.unfinished_uploads(prefix, count_max, deadline); });
  }
  void abandon(const UnfinishedUpload& upload, TimePoint deadline) override {
    write(upload.key, [&] { return inner_.abandon(upload, deadline), 0; });
  }

 private:
  Store& inner_;
  Fault fault_ = Fault::refused;
  std::atomic<std::int64_t> left_ = -1;
};

}  // namespace holdfast
