#include "adapters/s3/s3_client.h"

#include <algorithm>
#include <utility>

#include "adapters/http/http_date.h"
#include "adapters/s3/s3_name.h"
#include "base/utf8.h"
#include "core/text.h"
#include "holdfast/error.h"
#include "ports/store.h"
#include "ports/store_key.h"

namespace holdfast {

namespace {

// Room for the XML of an error, also where the object asked for is smaller.
constexpr std::uint64_t kErrorBytesMax = 64 * 1024;
// Below this difference no server complains; AWS does from 15 minutes on.
constexpr std::chrono::seconds kClockDifferenceMax = std::chrono::minutes(4);

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorKind::rejected, what);
}

// S3's own limit.
constexpr std::size_t kNameBytesMax = 1024;
constexpr std::size_t kPrefixBytesMax = 768;

S3Config checked(S3Config config) {
  if (config.region.empty()) config.region = "us-east-1";
  if (config.bucket.empty() || config.bucket.find('/') != std::string::npos) {
    refuse("the store needs the name of a bucket, without a '/'");
  }
  if (config.credentials.access_key.empty() || config.credentials.secret_key.empty()) {
    refuse("the store in bucket " + config.bucket + " needs an access key and a secret key");
  }
  while (config.prefix.ends_with('/')) config.prefix.pop_back();
  while (config.prefix.starts_with('/')) config.prefix.erase(0, 1);
  if (!config.prefix.empty()) {
    require_key(config.prefix);
    config.prefix += '/';
    if (config.prefix.size() > kPrefixBytesMax) refuse("the store's prefix is too long");
  }
  return config;
}

}  // namespace

S3Client::S3Client(S3Config config, const Clock& clock)
    : config_(checked(std::move(config))),
      clock_(clock),
      client_(parse_endpoint(config_.endpoint), config_.ca_file, clock) {
  credentials_.post(config_.credentials);
  region_.post(config_.region);
}

std::string S3Client::full_key(const std::string& key) const {
  require_key(key);
  return config_.prefix + s3_name(key, kNameBytesMax - config_.prefix.size());
}

S3Answer S3Client::ask(const S3Ask& what, TimePoint deadline) {
  bool last_try = false;
  while (true) {  // Ends: the second turn is the last try.
    const WallTime when = clock_.wall() + clock_offset_.get();
    const S3Credentials used = credentials(false);
    HttpResponse response = client_.call(sign(what, used, when), deadline);
    const auto error = response.status < 300 ? std::nullopt : parse_s3_error(response.body);
    const S3Meaning meaning = meaning_of(response.status, error);
    const bool done = meaning == S3Meaning::done || meaning == S3Meaning::absent ||
                      meaning == S3Meaning::condition_failed;
    if (done) return {meaning, std::move(response)};

    const bool refused = response.status == 400 || response.status == 401 || response.status == 403;
    const bool again = meaning == S3Meaning::damaged ||  // Perhaps on the way only.
                       (refused && learn_clock(response, when)) ||
                       (meaning == S3Meaning::denied && learn_region(error)) ||
                       (meaning == S3Meaning::denied && credentials(true) != used);
    if (last_try || !again) throw_error(what, response, meaning);
    last_try = true;
  }
}

bool S3Client::learn_clock(const HttpResponse& response, WallTime signed_at) {
  const auto date = response.header("date");
  const auto server = date ? parse_http_date(*date) : std::nullopt;
  if (!server) return false;
  const auto difference = std::chrono::duration_cast<std::chrono::seconds>(*server - signed_at);
  if (std::chrono::abs(difference) < kClockDifferenceMax) return false;
  clock_offset_.set(std::chrono::duration_cast<std::chrono::seconds>(*server - clock_.wall()));
  return true;
}

S3Credentials S3Client::credentials(bool refused) {
  auto known = credentials_.next(TimePoint::max());
  if (config_.renewed) {
    if (auto newer = config_.renewed(refused)) known = std::move(newer);
  }
  credentials_.post(*known);
  return *known;
}

std::string S3Client::region() {
  auto known = region_.next(TimePoint::max());
  region_.post(*known);
  return *known;
}

bool S3Client::learn_region(const std::optional<S3ErrorBody>& error) {
  if (!error || error->code != "AuthorizationHeaderMalformed" || error->region.empty())
    return false;
  const auto known = region_.next(TimePoint::max());
  region_.post(error->region);
  return *known != error->region;
}

HttpRequest S3Client::sign(const S3Ask& what, const S3Credentials& credentials, WallTime when) {
  const Endpoint& endpoint = client_.endpoint();
  std::string target = "/" + percent_encode(config_.bucket);
  if (!what.key.empty()) target += "/" + percent_encode(what.key, "/");

  SignedRequest signed_part;
  signed_part.method = what.method;
  signed_part.path = endpoint.path + target;
  signed_part.query = what.query;
  signed_part.headers = what.headers;
  signed_part.headers.emplace_back("x-amz-content-sha256", what.body_sha256);
  signed_part.headers.emplace_back("x-amz-date", amz_date(when));
  if (!credentials.session_token.empty()) {
    signed_part.headers.emplace_back("x-amz-security-token", credentials.session_token);
  }
  signed_part.body_sha256 = what.body_sha256;

  HttpRequest request;
  request.headers = signed_part.headers;
  signed_part.headers.emplace_back("host", endpoint.authority());
  request.headers.emplace_back("authorization",
                               authorization(signed_part, {region(), "s3"}, credentials, when));
  request.method = what.method;
  request.target = std::move(target);
  if (!what.query.empty()) request.target += "?" + canonical_query(what.query);
  request.body = what.body;
  request.repeat = Repeat::allowed;  // Everything that is asked of a Store may be asked twice.
  request.answer_bytes_max = std::max(what.answer_bytes_max, kErrorBytesMax);
  return request;
}

void S3Client::require_done(const S3Ask& what, const S3Answer& answer) const {
  if (answer.meaning == S3Meaning::done) return;
  // A condition that we did not set, or an object missing that we did not ask for.
  throw_error(what, answer.response, S3Meaning::rejected);
}

void S3Client::throw_error(const S3Ask& what, const HttpResponse& response,
                           S3Meaning meaning) const {
  const auto error = parse_s3_error(response.body);
  ErrorKind kind = ErrorKind::rejected;
  if (meaning == S3Meaning::unavailable) kind = ErrorKind::unavailable;
  // A clock that is wrong by hours is refused like a wrong key, and somebody may set it.
  if (meaning == S3Meaning::denied || meaning == S3Meaning::clock_wrong) kind = ErrorKind::denied;
  if (meaning == S3Meaning::damaged) kind = ErrorKind::corrupt;
  std::string text = "the store at " + client_.endpoint().text() + " did not " + what.verb + " " +
                     (what.key.empty() ? "" : "'" + what.key + "' in ") + "bucket " +
                     config_.bucket + ": " + reason_of(response.status, error);
  const auto lives_in = response.header("x-amz-bucket-region");
  if (meaning == S3Meaning::denied && lives_in && *lives_in != config_.region) {
    text += "; the bucket is in the region " + visible_line(lives_in->substr(0, 40)) +
            " (--region, and the endpoint of that region)";
  }
  const auto id = response.header("x-amz-request-id");
  if (id) text += " [request " + std::string(id->substr(0, 100)) + "]";
  if (meaning == S3Meaning::busy) throw StoreBusy(text);
  throw Error(kind, text);
}

}  // namespace holdfast
