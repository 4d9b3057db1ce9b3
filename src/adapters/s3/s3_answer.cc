#include "adapters/s3/s3_answer.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace holdfast {

namespace {

template <std::size_t N>
bool one_of(std::string_view code, const std::array<std::string_view, N>& codes) {
  return std::ranges::find(codes, code) != codes.end();
}

constexpr std::array<std::string_view, 3> kClockWrong = {"RequestTimeTooSkewed", "RequestExpired",
                                                         "ExpiredRequest"};
constexpr std::array<std::string_view, 3> kDamaged = {"XAmzContentSHA256Mismatch", "BadDigest",
                                                      "InvalidDigest"};
// Codes that some servers send with a status that says the opposite.
constexpr std::array<std::string_view, 7> kMayWorkLater = {
    "RequestTimeout",     "IncompleteBody",   "ClientDisconnect",          "InternalError",
    "ServiceUnavailable", "OperationAborted", "ConditionalRequestConflict"};
// Codes of access that come with statuses of many kinds.
constexpr std::array<std::string_view, 12> kDenied = {
    "ExpiredToken",          "InvalidToken",  "InvalidAccessKeyId",
    "SignatureDoesNotMatch", "NoSuchBucket",  "PermanentRedirect",
    "TemporaryRedirect",     "QuotaExceeded", "AuthorizationHeaderMalformed",
    "AccountProblem",        "NotSignedUp",   "AuthorizationQueryParametersError"};
constexpr std::array<std::string_view, 4> kBusy = {"SlowDown", "RequestLimitExceeded", "Throttling",
                                                   "TooManyRequests"};

std::string_view advice(unsigned status, std::string_view code) {
  struct Advice {
    std::string_view code;
    std::string_view text;
  };
  static constexpr std::array<Advice, 14> kByCode = {{
      {"SignatureDoesNotMatch", "check the secret key"},
      {"InvalidAccessKeyId", "check the access key"},
      {"AccessDenied", "check that this access key may read, write and list this bucket"},
      {"ExpiredToken", "renew the session token"},
      {"InvalidToken", "renew the session token"},
      {"RequestTimeTooSkewed", "set this machine's clock"},
      {"NoSuchBucket", "create the bucket, or check its name and the endpoint"},
      {"PermanentRedirect", "check the endpoint and the region: the bucket is in another region"},
      {"AuthorizationHeaderMalformed", "check the region"},
      {"AuthorizationQueryParametersError", "check the region"},
      {"EntityTooLarge", "the store accepts no object of this size"},
      {"QuotaExceeded", "the bucket is full: make room or raise its quota"},
      {"KeyTooLongError", "choose shorter names"},
      {"NotImplemented",
       "this store lacks something that Holdfast needs, such as conditional "
       "writes (PUT with If-None-Match)"},
  }};
  for (const Advice& entry : kByCode) {
    if (entry.code == code) return entry.text;
  }
  if (status == 501) return kByCode.back().text;
  if (status == 401 || status == 403) return kByCode[2].text;
  if (status >= 300 && status < 400) return kByCode[7].text;
  if (status == 404) return "check the endpoint: an S3 server does not answer like this";
  return {};
}

}  // namespace

S3Meaning meaning_of(unsigned status, const std::optional<S3ErrorBody>& error) {
  const std::string_view code = error ? std::string_view(error->code) : std::string_view();
  if (status >= 200 && status < 300) return S3Meaning::done;
  if (status == 404 && (code == "NoSuchKey" || code == "NoSuchUpload")) return S3Meaning::absent;
  if (status == 429 || one_of(code, kBusy)) return S3Meaning::busy;
  if (status == 412) return S3Meaning::condition_failed;
  if (one_of(code, kClockWrong)) return S3Meaning::clock_wrong;
  if (one_of(code, kDamaged)) return S3Meaning::damaged;
  if (one_of(code, kMayWorkLater)) return S3Meaning::unavailable;
  if (one_of(code, kDenied) || (status >= 300 && status < 400)) return S3Meaning::denied;
  switch (status) {
    case 401:
    case 402:
    case 403:
    case 407:
    case 451:
      return S3Meaning::denied;
    case 404:  // Without S3's own word for it, this may be a proxy whose server is away.
      return code.empty() ? S3Meaning::unavailable : S3Meaning::rejected;
    case 408:
    case 409:
    case 425:
      return S3Meaning::unavailable;
    case 501:
      return S3Meaning::rejected;
    default:
      return status >= 500 ? S3Meaning::unavailable : S3Meaning::rejected;
  }
}

std::string reason_of(unsigned status, const std::optional<S3ErrorBody>& error) {
  std::string reason = "status " + std::to_string(status);
  if (error) {
    reason += ", " + error->code;
    if (!error->message.empty()) reason += " (" + error->message + ")";
  }
  const std::string_view what_to_do = advice(status, error ? error->code : "");
  if (!what_to_do.empty()) reason.append("; ").append(what_to_do);
  return reason;
}

}  // namespace holdfast
