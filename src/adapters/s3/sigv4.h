// AWS Signature Version 4: proves to the store that a request comes from the holder of the secret
// key, and that nobody changed it on the way. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace holdfast {

struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // Empty unless the keys are temporary.

  friend bool operator==(const S3Credentials&, const S3Credentials&) = default;
};

// The SHA-256 of no bytes, in hexadecimal: the digest of an empty body.
inline constexpr std::string_view kEmptySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

using SignedPairs = std::vector<std::pair<std::string, std::string>>;

// What is signed of a request.
struct SignedRequest {
  std::string method;
  std::string path;         // Percent-encoded as it is sent; "/" at least.
  SignedPairs query;        // Not encoded.
  SignedPairs headers;      // Lower-case names, each once. All of them are signed.
  std::string body_sha256;  // In hexadecimal.
};

struct SigningScope {
  std::string region;
  std::string service;
};

// "name=value&...", encoded and sorted: the query as it is signed and must be sent.
std::string canonical_query(const SignedPairs& query);

// The value of the Authorization header. `headers` must hold host and x-amz-date, whose value is
// amz_date(when).
std::string authorization(const SignedRequest& request, const SigningScope& scope,
                          const S3Credentials& credentials, WallTime when);

// 20130524T000000Z
std::string amz_date(WallTime when);

}  // namespace holdfast
