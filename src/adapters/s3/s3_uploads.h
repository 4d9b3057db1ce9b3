// Objects that are too large for one request: stored, or copied inside the bucket, part by part. An
// upload that breaks off goes on where it stopped when it is asked for again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/s3/s3_client.h"
#include "adapters/s3/s3_parts.h"
#include "base/digest.h"
#include "base/mailbox.h"
#include "ports/store.h"

namespace holdfast {

class S3Uploads {
 public:
  // How many parts are under way at once.
  static constexpr int kWidth = 4;

  explicit S3Uploads(S3Client& client) : client_(client) {}

  // As Store::upload, in parts of `part_bytes` or more. Every part is signed with its own digest,
  // and the object comes to be only if the whole file has `digest`.
  void upload(const std::string& key, const std::filesystem::path& file, std::uint64_t size_bytes,
              const Sha256Digest& digest, std::uint64_t part_bytes, TimePoint deadline);

  // As Store::copy.
  [[nodiscard]] bool copy(const std::string& from, const std::string& to, std::uint64_t size_bytes,
                          std::uint64_t part_bytes, TimePoint deadline);

  // As Store::unfinished_uploads and Store::abandon.
  std::vector<UnfinishedUpload> unfinished(const std::string& prefix, std::size_t count_max,
                                           TimePoint deadline);
  void abandon(const UnfinishedUpload& upload, TimePoint deadline);

 private:
  // Uploads that broke off and are remembered; what is forgotten begins anew.
  static constexpr std::size_t kBegunMax = 16;

  struct Part {
    std::string sha256;
    std::string etag;  // Empty: not stored yet.
  };
  struct Begun {
    UnfinishedUpload upload;
    Sha256Digest digest;                // Of the whole file, as the caller says,
    std::optional<Sha256Digest> found;  // and as it is; nullopt until all was read.
    PartPlan plan;
    std::unique_ptr<Sha256> hash;  // Of the parts so far.
    std::deque<Part> parts;        // Those that were read, in order.
  };

  // `headers`: of the object that it will become.
  UnfinishedUpload begin(const std::string& key, SignedPairs headers, TimePoint deadline);
  std::optional<Begun> take_begun(const std::string& key, const PartPlan& plan,
                                  const Sha256Digest& digest);
  void keep_begun(Begun begun);
  void send_parts(Begun& begun, const std::filesystem::path& file, TimePoint deadline);
  void read_part(Begun& begun, const FileDescriptor& file, const std::filesystem::path& path) const;
  std::string send_part(const UnfinishedUpload& upload, std::uint64_t number, const FileBody& body,
                        const std::string& sha256, TimePoint deadline);
  void finish(const UnfinishedUpload& upload, const std::vector<std::string>& etags,
              TimePoint deadline);
  // Where another error is on its way already.
  void try_abandon(const UnfinishedUpload& upload, TimePoint deadline) noexcept;
  [[noreturn]] void throw_forgotten(const UnfinishedUpload& upload) const;

  S3Client& client_;
  Mailbox<Begun> begun_;  // Whoever looks takes all out and puts back what is not his.
};

}  // namespace holdfast
