#include "adapters/s3/sigv4.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/digest.h"
#include "base/hmac.h"
#include "core/text.h"

namespace holdfast {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// Without blanks at the ends, and with one for each run of them inside.
std::string trimmed(std::string_view value) {
  std::string text;
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t';
    if (blank && (text.empty() || text.back() == ' ')) continue;
    text += blank ? ' ' : c;
  }
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

struct CanonicalHeaders {
  std::string lines;
  std::string names;
};

CanonicalHeaders canonical_headers(SignedPairs headers) {
  std::ranges::sort(headers);
  CanonicalHeaders canonical;
  for (const auto& [name, value] : headers) {
    canonical.lines += name + ":" + trimmed(value) + "\n";
    if (!canonical.names.empty()) canonical.names += ';';
    canonical.names += name;
  }
  return canonical;
}

}  // namespace

std::string canonical_query(const SignedPairs& query) {
  SignedPairs encoded;
  encoded.reserve(query.size());
  for (const auto& [name, value] : query) {
    encoded.emplace_back(percent_encode(name), percent_encode(value));
  }
  std::ranges::sort(encoded);
  std::string text;
  for (const auto& [name, value] : encoded) {
    if (!text.empty()) text += '&';
    text += name + "=" + value;
  }
  return text;
}

std::string amz_date(WallTime when) {
  const auto days = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(when - days));
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string authorization(const SignedRequest& request, const SigningScope& scope,
                          const S3Credentials& credentials, WallTime when) {
  const CanonicalHeaders headers = canonical_headers(request.headers);
  const std::string canonical = request.method + "\n" + request.path + "\n" +
                                canonical_query(request.query) + "\n" + headers.lines + "\n" +
                                headers.names + "\n" + request.body_sha256;

  const std::string stamp = amz_date(when);
  const std::string day = stamp.substr(0, 8);
  const std::string where = day + "/" + scope.region + "/" + scope.service + "/aws4_request";
  const std::string to_sign =
      std::string(kAlgorithm) + "\n" + stamp + "\n" + where + "\n" + sha256(canonical).hex();

  std::string key = hmac_sha256("AWS4" + credentials.secret_key, day);
  key = hmac_sha256(key, scope.region);
  key = hmac_sha256(key, scope.service);
  key = hmac_sha256(key, "aws4_request");
  const std::string signature = to_hex(hmac_sha256(key, to_sign));

  return std::string(kAlgorithm) + " Credential=" + credentials.access_key + "/" + where +
         ",SignedHeaders=" + headers.names + ",Signature=" + signature;
}

}  // namespace holdfast
