// A Store in memory that can be told to fail the next calls, to lose an answer, to damage an
// object. Keeps the contract of the real ones (contract/store_contract.cc). Any thread.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "ports/store.h"

namespace holdfast {

class MemoryStore final : public Store {
 public:
  enum class Call {
    get,
    create,
    put,
    upload,
    holds,
    copy,
    remove,
    list,
    list_folders,
    unfinished_uploads,
    abandon
  };

  // The next call that writes or removes is done, and then throws Error (unavailable).
  void lose_next_answer();
  // The next `calls` calls of any kind do nothing and throw Error (unavailable).
  void fail_next(std::size_t calls);
  // Every call does nothing and throws Error (unavailable) until come_back().
  void go_away();
  void come_back();
  // Replaces the object's bytes behind everybody's back.
  void damage(const std::string& key, std::string_view bytes);

  // As if somebody had begun to upload a large object there, and died.
  void leave_unfinished(const UnfinishedUpload& upload);

  // How often it was called, failed calls included.
  std::size_t calls(Call kind) const;
  // Of all objects, in order.
  std::vector<std::string> keys() const;

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
  // Counts the call, and fails if it was ordered to. With the mutex held.
  void begin(Call kind, const std::string& key);
  // After a write: loses the answer if that was ordered. With the mutex held.
  void end(const std::string& key);

  mutable std::mutex mutex_;
  std::map<std::string, std::string> objects_;
  std::vector<UnfinishedUpload> unfinished_;
  std::map<Call, std::size_t> calls_;
  std::size_t failures_left_ = 0;
  bool away_ = false;
  bool answer_lost_next_ = false;
};

}  // namespace holdfast
