// A Store that repeats what another one could not do now: calls that end `unavailable` are made
// again, after growing random waits, until the caller's deadline.
//
// Also create(): when the answer of an earlier try was lost, the repeated one is told `exists`, and
// callers resolve `exists` by reading what stands there (docs/protocol.md, Append).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/mailbox.h"
#include "base/random.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

class RetryingStore final : public Store {
 public:
  static constexpr Duration kFirstWaitMax = std::chrono::milliseconds(50);
  static constexpr Duration kWaitMax = std::chrono::seconds(5);
  // One try is given up after this, and so much more for every byte: a server that hangs must not
  // use up the time in which another would answer.
  static constexpr Duration kTryTime = std::chrono::seconds(30);
  static constexpr std::uint64_t kBytesPerSecondMin = 64 * 1024;
  // A copy inside the store is the store's work; it says nothing until it is done.
  static constexpr Duration kCopyTime = std::chrono::minutes(5);

  // If a call has failed for this long, the person who waits for it is told.
  static constexpr Duration kTellAfter = std::chrono::seconds(2);
  // Hears why such a call fails, once or more often. On any thread.
  using Tell = std::function<void(const std::string& why)>;

  // Borrows `inner` and `clock`.
  RetryingStore(Store& inner, Clock& clock, Random random, Tell tell = {});

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
  // Makes `call(deadline of this try)` until it does not end `unavailable`.
  template <typename Call>
  auto until_done(std::string_view what, Duration try_time, TimePoint deadline, Call call);

  // Up to twice as long after every try.
  Duration random_wait(int tries);

  Store& inner_;
  const Tell tell_;
  Clock& clock_;
  Mailbox<Random> random_;  // Whoever draws takes it out and puts it back: any thread may call.
};

}  // namespace holdfast
