// A Store in an S3 bucket. Uses nothing of S3 but plain GET, PUT, DELETE, copy and listing, uploads
// in parts for what is large, and of its conditions only PUT with If-None-Match: *, which the
// servers implement alike.
//
// Cheap: no thread, and no connection before the first call.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "adapters/s3/s3_client.h"
#include "adapters/s3/s3_uploads.h"
#include "adapters/s3/s3_xml.h"
#include "ports/clock.h"
#include "ports/store.h"
#include "ports/versioned_listing.h"

namespace holdfast {

// From which size on an object is moved in parts, and how large they are.
struct S3Sizes {
  std::uint64_t whole_bytes_max = std::uint64_t{64} << 20;  // Larger files go up in parts.
  std::uint64_t part_bytes = std::uint64_t{16} << 20;
  std::uint64_t copy_bytes_max = std::uint64_t{4900} << 20;  // S3 copies 5 GiB at once, no more.
  std::uint64_t copy_part_bytes = std::uint64_t{1} << 30;
};

class S3Store final : public Store, public VersionedListing {
 public:
  // Throws Error (rejected) if the configuration cannot work. Borrows the clock.
  S3Store(S3Config config, const Clock& clock, S3Sizes sizes = {});

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
  std::vector<ObjectVersion> list_versions(const std::string& prefix, const std::string& after,
                                           std::size_t count_max, TimePoint deadline) override;
  std::vector<std::string> list_folders(const std::string& prefix, const std::string& after,
                                        std::size_t count_max, TimePoint deadline) override;
  std::vector<UnfinishedUpload> unfinished_uploads(const std::string& prefix, std::size_t count_max,
                                                   TimePoint deadline) override;
  void abandon(const UnfinishedUpload& upload, TimePoint deadline) override;

 private:
  // As holds(), of an object that was stored without its digest.
  Holding compare_bytes(const std::string& key, std::uint64_t size_bytes,
                        const Sha256Digest& digest, TimePoint deadline);
  S3Answer ask_range(const std::string& key, std::uint64_t first, std::uint64_t size_bytes,
                     TimePoint deadline);
  S3ListPage list_page(const SignedPairs& query, const std::string& prefix, std::size_t count_max,
                       const std::string& token, const std::string& after, TimePoint deadline);

  const S3Sizes sizes_;
  S3Client client_;
  S3Uploads uploads_;
};

}  // namespace holdfast
