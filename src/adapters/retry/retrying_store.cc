#include "adapters/retry/retrying_store.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/log.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

// Time for one try that moves `size_bytes`; an upper bound far above any real transfer's.
Duration time_for(std::uint64_t size_bytes) {
  const std::uint64_t seconds = size_bytes / RetryingStore::kBytesPerSecondMin;
  return RetryingStore::kTryTime +
         std::chrono::seconds(std::min<std::uint64_t>(seconds, 7 * 24 * 3600));
}

// A listing comes in many answers; its caller says how many entries it bears.
Duration time_for_list(std::size_t count_max) {
  constexpr std::size_t kEntryBytes = 512;
  return time_for(std::min<std::size_t>(count_max, 1'000'000) * kEntryBytes);
}

// min(deadline, now + time) without overflow.
TimePoint try_deadline(TimePoint now, Duration time, TimePoint deadline) {
  return deadline - now > time ? now + time : deadline;
}

}  // namespace

RetryingStore::RetryingStore(Store& inner, Clock& clock, Random random, Tell tell)
    : inner_(inner), tell_(std::move(tell)), clock_(clock) {
  random_.post(std::move(random));
}

Duration RetryingStore::random_wait(int tries) {
  const int doublings = std::min(tries - 1, 20);
  const Duration longest = std::min(kFirstWaitMax * (std::int64_t{1} << doublings), kWaitMax);
  auto random = random_.next(TimePoint::max());
  const double fraction = random->fraction();
  random_.post(std::move(*random));
  return std::chrono::duration_cast<Duration>(longest * fraction);
}

template <typename Call>
auto RetryingStore::until_done(std::string_view what, Duration try_time, TimePoint deadline,
                               Call call) {
  const TimePoint begun = clock_.now();
  for (int tries = 1;; ++tries) {  // Ends by the deadline: every turn but the last waits.
    try {
      return call(try_deadline(clock_.now(), try_time, deadline));
    } catch (const Error& error) {
      if (!error.may_work_later()) throw;
      const bool busy = dynamic_cast<const StoreBusy*>(&error) != nullptr;
      const TimePoint again =
          clock_.now() + random_wait(tries) + (busy ? StoreBusy::kBusyPause : Duration::zero());
      if (again >= deadline) {
        throw Error(ErrorKind::unavailable,
                    std::string(error.what()) + " (tried " + std::to_string(tries) + " times)");
      }
      // The first one only: an outage would fill the log.
      log(tries == 1 ? LogLevel::warn : LogLevel::debug, "store call failed and is repeated",
          {{"call", what}, {"tries", tries}, {"error", error.what()}});
      if (tell_ && clock_.now() - begun >= kTellAfter) tell_(error.what());
      clock_.wait_until(again);
    }
  }
}

std::optional<std::string> RetryingStore::get(const std::string& key, std::uint64_t size_bytes_max,
                                              TimePoint deadline) {
  return until_done("get", time_for(size_bytes_max), deadline,
                    [&](TimePoint by) { return inner_.get(key, size_bytes_max, by); });
}

std::optional<std::string> RetryingStore::get_range(const std::string& key, std::uint64_t first,
                                                    std::uint64_t size_bytes, TimePoint deadline) {
  return until_done("get a range of", time_for(size_bytes), deadline,
                    [&](TimePoint by) { return inner_.get_range(key, first, size_bytes, by); });
}

CreateOutcome RetryingStore::create(const std::string& key, std::string_view bytes,
                                    TimePoint deadline) {
  return until_done("create", time_for(bytes.size()), deadline,
                    [&](TimePoint by) { return inner_.create(key, bytes, by); });
}

void RetryingStore::put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
                        TimePoint deadline) {
  until_done("put", time_for(bytes.size()), deadline,
             [&](TimePoint by) { inner_.put(key, bytes, digest, by); });
}

void RetryingStore::upload(const std::string& key, const std::filesystem::path& file,
                           std::uint64_t size_bytes, const Sha256Digest& digest,
                           TimePoint deadline) {
  until_done("upload", time_for(size_bytes), deadline,
             [&](TimePoint by) { inner_.upload(key, file, size_bytes, digest, by); });
}

Holding RetryingStore::holds(const std::string& key, std::uint64_t size_bytes,
                             const Sha256Digest& digest, TimePoint deadline) {
  return until_done("compare", time_for(size_bytes), deadline,
                    [&](TimePoint by) { return inner_.holds(key, size_bytes, digest, by); });
}

bool RetryingStore::copy(const std::string& from, const std::string& to, std::uint64_t size_bytes,
                         TimePoint deadline) {
  return until_done("copy", kCopyTime + time_for(size_bytes), deadline,
                    [&](TimePoint by) { return inner_.copy(from, to, size_bytes, by); });
}

void RetryingStore::remove(const std::string& key, TimePoint deadline) {
  until_done("remove", kTryTime, deadline, [&](TimePoint by) { inner_.remove(key, by); });
}

std::vector<ObjectEntry> RetryingStore::list(const std::string& prefix, const std::string& after,
                                             std::size_t count_max, TimePoint deadline) {
  return until_done("list", time_for_list(count_max), deadline,
                    [&](TimePoint by) { return inner_.list(prefix, after, count_max, by); });
}

std::vector<std::string> RetryingStore::list_folders(const std::string& prefix,
                                                     const std::string& after,
                                                     std::size_t count_max, TimePoint deadline) {
  return until_done("list folders", time_for_list(count_max), deadline, [&](TimePoint by) {
    return inner_.list_folders(prefix, after, count_max, by);
  });
}

std::vector<UnfinishedUpload> RetryingStore::unfinished_uploads(const std::string& prefix,
                                                                std::size_t count_max,
                                                                TimePoint deadline) {
  return until_done("list unfinished uploads", time_for_list(count_max), deadline,
                    [&](TimePoint by) { return inner_.unfinished_uploads(prefix, count_max, by); });
}

void RetryingStore::abandon(const UnfinishedUpload& upload, TimePoint deadline) {
  until_done("abandon", kTryTime, deadline, [&](TimePoint by) { inner_.abandon(upload, by); });
}

}  // namespace holdfast
