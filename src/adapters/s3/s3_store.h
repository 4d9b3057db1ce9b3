// A Store in an S3 bucket. Uses nothing of S3 but plain GET, PUT, DELETE, copy and listing, and of
// its conditions only PUT with If-None-Match: *, which the servers implement alike.
//
// Cheap: no thread, and no connection before the first call.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "adapters/http/http_client.h"
#include "adapters/s3/s3_answer.h"
#include "adapters/s3/sigv4.h"
#include "base/shared_value.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct S3Config {
  std::string endpoint;  // https://host[:port][/path]; the bucket is added to its path.
  std::string region;    // Empty: us-east-1, which R2 and others take too.
  std::string bucket;
  std::string prefix;  // Of every key, as a folder; may be empty.
  S3Credentials credentials;
  std::filesystem::path ca_file;  // Empty: the system's certificate authorities.
};

class S3Store final : public Store {
 public:
  // Larger files need several requests, which this store does not make.
  static constexpr std::uint64_t kUploadBytesMax = std::uint64_t{4900} << 20;

  // Throws Error (rejected) if the configuration cannot work. Borrows the clock.
  S3Store(S3Config config, const Clock& clock);

  std::optional<std::string> get(const std::string& key, std::uint64_t size_bytes_max,
                                 TimePoint deadline) override;
  CreateOutcome create(const std::string& key, std::string_view bytes, TimePoint deadline) override;
  void put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
           TimePoint deadline) override;
  void upload(const std::string& key, const std::filesystem::path& file, std::uint64_t size_bytes,
              const Sha256Digest& digest, TimePoint deadline) override;
  bool copy(const std::string& from, const std::string& to, TimePoint deadline) override;
  void remove(const std::string& key, TimePoint deadline) override;
  std::vector<ObjectEntry> list(const std::string& prefix, const std::string& after,
                                std::size_t count_max, TimePoint deadline) override;
  std::vector<std::string> list_folders(const std::string& after, std::size_t count_max,
                                        TimePoint deadline) override;

 private:
  // One thing asked of the server.
  struct Ask {
    std::string verb;  // For people, as in "write".
    std::string method;
    std::string key = {};  // With the store's prefix; empty: the bucket itself.
    SignedPairs query = {};
    SignedPairs headers = {};  // Lower-case; host and those of the signature are added.
    std::variant<std::string_view, FileBody> body = {};
    std::string body_sha256 = std::string(kEmptySha256);
    std::uint64_t answer_bytes_max = 0;
  };
  struct Answer {
    S3Meaning meaning;  // done, absent or condition_failed; the others are thrown.
    HttpResponse response;
  };

  std::string full_key(const std::string& key) const;
  Answer ask(const Ask& what, TimePoint deadline);
  HttpRequest sign(const Ask& what, WallTime when) const;
  // True if the server's clock and ours differ, and the next signature takes that into account.
  bool learn_clock(const HttpResponse& response, WallTime signed_at);
  void require_done(const Ask& what, const Answer& answer) const;
  [[noreturn]] void throw_error(const Ask& what, const HttpResponse& response,
                                S3Meaning meaning) const;
  S3ListPage list_page(const SignedPairs& query, const std::string& prefix, std::size_t count_max,
                       const std::string& token, const std::string& after, TimePoint deadline);

  const S3Config config_;
  const Clock& clock_;
  HttpClient client_;
  // How far the server's clock is ahead of ours.
  SharedValue<std::chrono::seconds> clock_offset_{std::chrono::seconds(0)};
};

}  // namespace holdfast
