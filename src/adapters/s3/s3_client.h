// Asks things of an S3 server: signs, sends, and says what the answer means. What the store and its
// uploads in parts are made of.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "adapters/http/http_client.h"
#include "adapters/s3/s3_answer.h"
#include "adapters/s3/sigv4.h"
#include "base/mailbox.h"
#include "base/shared_value.h"
#include "ports/clock.h"

namespace holdfast {

// Says the SHA-256 of an object that was uploaded from a file. Copies keep it.
inline constexpr const char* kDigestHeader = "x-amz-meta-sha256";

struct S3Config {
  std::string endpoint;  // https://host[:port][/path]; the bucket is added to its path.
  std::string region;    // Empty: us-east-1, which R2 and others take too.
  std::string bucket;
  std::string prefix;  // Of every key, as a folder; may be empty.
  S3Credentials credentials;
  // The keys as they stand now; nullopt: nothing is known of newer ones. Asked before a request,
  // and with `refused` after the store refused one. Empty: they never change. Any thread.
  std::function<std::optional<S3Credentials>(bool refused)> renewed = {};
  std::filesystem::path ca_file;  // Empty: the system's certificate authorities.
};

// One thing asked of the server.
struct S3Ask {
  std::string verb;  // For people, as in "write".
  std::string method;
  std::string key = {};  // As full_key() spells it; empty: the bucket itself.
  SignedPairs query = {};
  SignedPairs headers = {};  // Lower-case; host and those of the signature are added.
  std::variant<std::string_view, FileBody> body = {};
  std::string body_sha256 = std::string(kEmptySha256);
  std::uint64_t answer_bytes_max = 0;
};

struct S3Answer {
  S3Meaning meaning;  // done, absent or condition_failed; the others are thrown.
  HttpResponse response;
};

class S3Client {
 public:
  // Throws Error (rejected) if the configuration cannot work. Borrows the clock.
  S3Client(S3Config config, const Clock& clock);

  // Any thread. Throws Error.
  S3Answer ask(const S3Ask& what, TimePoint deadline);

  // Throws Error unless the answer says that it was done.
  void require_done(const S3Ask& what, const S3Answer& answer) const;
  [[noreturn]] void throw_error(const S3Ask& what, const HttpResponse& response,
                                S3Meaning meaning) const;

  // `key` as it is spelled in the bucket, with the store's prefix. Throws Error (rejected) if it
  // cannot name an object.
  std::string full_key(const std::string& key) const;

  const S3Config& config() const noexcept { return config_; }
  const Endpoint& endpoint() const noexcept { return client_.endpoint(); }

 private:
  HttpRequest sign(const S3Ask& what, const S3Credentials& credentials, WallTime when);
  S3Credentials credentials(bool refused);
  // True if the server names another region than was signed for; the next signature is for it.
  bool learn_region(const std::optional<S3ErrorBody>& error);
  std::string region();
  // True if the server's clock and ours differ, and the next signature takes that into account.
  bool learn_clock(const HttpResponse& response, WallTime signed_at);

  const S3Config config_;
  const Clock& clock_;
  HttpClient client_;
  Mailbox<S3Credentials> credentials_;  // Those in use; taken out to be looked at.
  Mailbox<std::string> region_;         // In the same way.
  // How far the server's clock is ahead of ours.
  SharedValue<std::chrono::seconds> clock_offset_{std::chrono::seconds(0)};
};

}  // namespace holdfast
