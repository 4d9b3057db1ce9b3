#include "adapters/retry/counted_store.h"

#include "holdfast/error.h"

namespace holdfast {

template <typename Call>
auto CountedStore::counted(const Call& call) {
  // Counts the end, whichever it is.
  struct Count {
    StoreTraffic& traffic;
    const Clock& clock;
    bool good = false;
    ~Count() {
      traffic.requests.add(1);
      if (!good) traffic.failures.add(1);
      traffic.last_end.set(clock.now());
    }
  } count{traffic_, clock_};
  try {
    if constexpr (std::is_void_v<decltype(call())>) {
      call();
      count.good = true;
      traffic_.denied.set(false);
    } else {
      auto answer = call();
      count.good = true;
      traffic_.denied.set(false);
      return answer;
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::denied) traffic_.denied.set(true);
    throw;
  }
}

std::optional<std::string> CountedStore::get(const std::string& key, std::uint64_t size_bytes_max,
                                             TimePoint deadline) {
  auto bytes = counted([&] { return inner_.get(key, size_bytes_max, deadline); });
  if (bytes) traffic_.received_bytes.add(bytes->size());
  return bytes;
}

std::optional<std::string> CountedStore::get_range(const std::string& key, std::uint64_t first,
                                                   std::uint64_t size_bytes, TimePoint deadline) {
  auto bytes = counted([&] { return inner_.get_range(key, first, size_bytes, deadline); });
  if (bytes) traffic_.received_bytes.add(bytes->size());
  return bytes;
}

CreateOutcome CountedStore::create(const std::string& key, std::string_view bytes,
                                   TimePoint deadline) {
  const CreateOutcome outcome = counted([&] { return inner_.create(key, bytes, deadline); });
  traffic_.sent_bytes.add(bytes.size());
  return outcome;
}

void CountedStore::put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
                       TimePoint deadline) {
  counted([&] { inner_.put(key, bytes, digest, deadline); });
  traffic_.sent_bytes.add(bytes.size());
}

void CountedStore::upload(const std::string& key, const std::filesystem::path& file,
                          std::uint64_t size_bytes, const Sha256Digest& digest,
                          TimePoint deadline) {
  expect_long(size_bytes);
  counted([&] { inner_.upload(key, file, size_bytes, digest, deadline); });
  traffic_.sent_bytes.add(size_bytes);
}

Holding CountedStore::holds(const std::string& key, std::uint64_t size_bytes,
                            const Sha256Digest& digest, TimePoint deadline) {
  expect_long(size_bytes);
  return counted([&] { return inner_.holds(key, size_bytes, digest, deadline); });
}

bool CountedStore::copy(const std::string& from, const std::string& to, std::uint64_t size_bytes,
                        TimePoint deadline) {
  expect_long(size_bytes);
  return counted([&] { return inner_.copy(from, to, size_bytes, deadline); });
}

void CountedStore::remove(const std::string& key, TimePoint deadline) {
  counted([&] { inner_.remove(key, deadline); });
}

std::vector<ObjectEntry> CountedStore::list(const std::string& prefix, const std::string& after,
                                            std::size_t count_max, TimePoint deadline) {
  return counted([&] { return inner_.list(prefix, after, count_max, deadline); });
}

std::vector<std::string> CountedStore::list_folders(const std::string& prefix,
                                                    const std::string& after, std::size_t count_max,
                                                    TimePoint deadline) {
  return counted([&] { return inner_.list_folders(prefix, after, count_max, deadline); });
}

std::vector<UnfinishedUpload> CountedStore::unfinished_uploads(const std::string& prefix,
                                                               std::size_t count_max,
                                                               TimePoint deadline) {
  return counted([&] { return inner_.unfinished_uploads(prefix, count_max, deadline); });
}

void CountedStore::abandon(const UnfinishedUpload& upload, TimePoint deadline) {
  counted([&] { inner_.abandon(upload, deadline); });
}

void CountedStore::expect_long(std::uint64_t size_bytes) {
  traffic_.last_end.set(clock_.now() +
                        std::chrono::seconds(size_bytes / StoreTraffic::kBytesPerSecondMin));
}

}  // namespace holdfast
