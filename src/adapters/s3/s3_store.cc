#include "adapters/s3/s3_store.h"

#include <algorithm>
#include <utility>

#include "adapters/http/http_date.h"
#include "adapters/s3/uri.h"
#include "holdfast/error.h"
#include "ports/store_key.h"

namespace holdfast {

namespace {

// Room for the XML of an error, also where the object asked for is smaller.
constexpr std::uint64_t kErrorBytesMax = 64 * 1024;
// A page of 1,000 keys of 1,024 bytes, each byte of them percent-encoded, and what is said of them.
constexpr std::uint64_t kPageBytesMax = 8 * 1024 * 1024;
constexpr std::size_t kPageEntriesMax = 1000;
// Below this difference no server complains; AWS does from 15 minutes on.
constexpr std::chrono::seconds kClockDifferenceMax = std::chrono::minutes(4);
[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorKind::rejected, what);
}

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
  }
  return config;
}

std::uint64_t room_for(std::uint64_t size_bytes_max) {
  return std::max(size_bytes_max, kErrorBytesMax);
}

}  // namespace

S3Store::S3Store(S3Config config, const Clock& clock)
    : config_(checked(std::move(config))),
      clock_(clock),
      client_(parse_endpoint(config_.endpoint), config_.ca_file, clock) {}

std::optional<std::string> S3Store::get(const std::string& key, std::uint64_t size_bytes_max,
                                        TimePoint deadline) {
  Ask what{.verb = "read", .method = "GET", .key = full_key(key)};
  what.answer_bytes_max = room_for(size_bytes_max);
  Answer answer = ask(what, deadline);
  if (answer.meaning == S3Meaning::absent) return std::nullopt;
  require_done(what, answer);
  if (answer.response.status != 200) {
    throw_error(what, answer.response, S3Meaning::unavailable);
  }
  if (answer.response.body.size() > size_bytes_max) {
    throw Error(ErrorKind::corrupt, "the object " + key + " has more than the " +
                                        std::to_string(size_bytes_max) + " bytes allowed");
  }
  return std::move(answer.response.body);
}

CreateOutcome S3Store::create(const std::string& key, std::string_view bytes, TimePoint deadline) {
  Ask what{.verb = "create", .method = "PUT", .key = full_key(key)};
  what.headers = {{"if-none-match", "*"}};
  what.body = bytes;
  what.body_sha256 = sha256(bytes).hex();
  const Answer answer = ask(what, deadline);
  if (answer.meaning == S3Meaning::condition_failed) return CreateOutcome::exists;
  require_done(what, answer);
  return CreateOutcome::created;
}

void S3Store::put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
                  TimePoint deadline) {
  Ask what{.verb = "write", .method = "PUT", .key = full_key(key)};
  what.body = bytes;
  what.body_sha256 = digest.hex();
  require_done(what, ask(what, deadline));
}

void S3Store::upload(const std::string& key, const std::filesystem::path& file,
                     std::uint64_t size_bytes, const Sha256Digest& digest, TimePoint deadline) {
  if (size_bytes > kUploadBytesMax) {
    refuse(file.string() + " has " + std::to_string(size_bytes) + " bytes, more than the " +
           std::to_string(kUploadBytesMax) + " that can be stored as one object; split it");
  }
  const FileDescriptor descriptor = open_to_read(file);
  Ask what{.verb = "write", .method = "PUT", .key = full_key(key)};
  what.body = FileBody{&descriptor, file, 0, size_bytes};
  what.body_sha256 = digest.hex();
  require_done(what, ask(what, deadline));
}

bool S3Store::copy(const std::string& from, const std::string& to, TimePoint deadline) {
  Ask what{.verb = "copy to", .method = "PUT", .key = full_key(to)};
  what.headers = {
      {"x-amz-copy-source", "/" + config_.bucket + "/" + uri_encode(full_key(from), Slash::keep)}};
  const Answer answer = ask(what, deadline);
  if (answer.meaning == S3Meaning::absent) return false;
  require_done(what, answer);
  // A copy may fail after the server has said 200.
  if (!is_copy_result(answer.response.body)) {
    throw_error(what, answer.response, S3Meaning::unavailable);
  }
  return true;
}

void S3Store::remove(const std::string& key, TimePoint deadline) {
  const Ask what{.verb = "remove", .method = "DELETE", .key = full_key(key)};
  const Answer answer = ask(what, deadline);
  if (answer.meaning != S3Meaning::absent) require_done(what, answer);
}

std::vector<ObjectEntry> S3Store::list(const std::string& prefix, const std::string& after,
                                       std::size_t count_max, TimePoint deadline) {
  std::vector<ObjectEntry> entries;
  std::string token;
  while (entries.size() < count_max) {  // Ends by the deadline at the latest.
    S3ListPage page = list_page({}, prefix, count_max - entries.size(), token, after, deadline);
    for (ObjectEntry& object : page.objects) {
      object.key.erase(0, config_.prefix.size());
      // Consoles leave objects like "folder/", which are no objects of ours.
      const bool ours = key_fault(object.key) == nullptr && object.key > after;
      if (ours && entries.size() < count_max) entries.push_back(std::move(object));
    }
    if (!page.more) break;
    token = std::move(page.next_token);
  }
  return entries;
}

std::vector<std::string> S3Store::list_folders(const std::string& after, std::size_t count_max,
                                               TimePoint deadline) {
  std::vector<std::string> folders;
  std::string token;
  // Keys in the folder `after` are greater than its name and bring it once more.
  const std::string last = after.empty() ? after : after + "/";
  while (folders.size() < count_max) {  // Ends by the deadline at the latest.
    S3ListPage page =
        list_page({{"delimiter", "/"}}, "", count_max - folders.size(), token, last, deadline);
    for (std::string& folder : page.folders) {
      folder.erase(0, config_.prefix.size());
      if (folder <= last || folders.size() == count_max) continue;
      folder.pop_back();
      if (key_fault(folder) == nullptr) folders.push_back(std::move(folder));
    }
    if (!page.more) break;
    token = std::move(page.next_token);
  }
  return folders;
}

S3ListPage S3Store::list_page(const SignedPairs& query, const std::string& prefix,
                              std::size_t count_max, const std::string& token,
                              const std::string& after, TimePoint deadline) {
  Ask what{.verb = "list", .method = "GET", .query = query};
  what.answer_bytes_max = kPageBytesMax;
  const auto add = [&what](const char* name, std::string value) {
    what.query.emplace_back(name, std::move(value));
  };
  add("list-type", "2");
  add("encoding-type", "url");
  add("max-keys", std::to_string(std::min(count_max, kPageEntriesMax)));
  if (!config_.prefix.empty() || !prefix.empty()) add("prefix", config_.prefix + prefix);
  if (!token.empty()) {
    add("continuation-token", token);
  } else if (!after.empty()) {
    add("start-after", config_.prefix + after);
  }
  const Answer answer = ask(what, deadline);
  require_done(what, answer);
  auto page = parse_s3_list(answer.response.body);
  if (!page) {
    throw Error(ErrorKind::unavailable, client_.endpoint().text() + " answered a listing of " +
                                            config_.bucket + " with something else");
  }
  const auto below = [&](const std::string& key) {
    return key.starts_with(config_.prefix + prefix);
  };
  const bool all_below = std::ranges::all_of(page->objects, below, &ObjectEntry::key) &&
                         std::ranges::all_of(page->folders, below);
  if (!all_below) {
    throw Error(ErrorKind::corrupt, client_.endpoint().text() +
                                        " listed keys that do not begin with what was asked for");
  }
  return std::move(*page);
}

std::string S3Store::full_key(const std::string& key) const {
  require_key(key);
  std::string full = config_.prefix + key;
  require_key(full);
  return full;
}

S3Store::Answer S3Store::ask(const Ask& what, TimePoint deadline) {
  bool last_try = false;
  while (true) {  // Ends: the second turn is the last try.
    const WallTime when = clock_.wall() + clock_offset_.get();
    HttpResponse response = client_.call(sign(what, when), deadline);
    const auto error = response.status < 300 ? std::nullopt : parse_s3_error(response.body);
    const S3Meaning meaning = meaning_of(response.status, error);
    const bool done = meaning == S3Meaning::done || meaning == S3Meaning::absent ||
                      meaning == S3Meaning::condition_failed;
    if (done) return {meaning, std::move(response)};

    const bool refused = response.status == 400 || response.status == 401 || response.status == 403;
    const bool again = meaning == S3Meaning::damaged ||  // Perhaps on the way only.
                       (refused && learn_clock(response, when));
    if (last_try || !again) throw_error(what, response, meaning);
    last_try = true;
  }
}

bool S3Store::learn_clock(const HttpResponse& response, WallTime signed_at) {
  const auto date = response.header("date");
  const auto server = date ? parse_http_date(*date) : std::nullopt;
  if (!server) return false;
  const auto difference = std::chrono::duration_cast<std::chrono::seconds>(*server - signed_at);
  if (std::chrono::abs(difference) < kClockDifferenceMax) return false;
  clock_offset_.set(std::chrono::duration_cast<std::chrono::seconds>(*server - clock_.wall()));
  return true;
}

HttpRequest S3Store::sign(const Ask& what, WallTime when) const {
  const Endpoint& endpoint = client_.endpoint();
  std::string target = "/" + uri_encode(config_.bucket, Slash::encode);
  if (!what.key.empty()) target += "/" + uri_encode(what.key, Slash::keep);

  SignedRequest signed_part;
  signed_part.method = what.method;
  signed_part.path = endpoint.path + target;
  signed_part.query = what.query;
  signed_part.headers = what.headers;
  signed_part.headers.emplace_back("x-amz-content-sha256", what.body_sha256);
  signed_part.headers.emplace_back("x-amz-date", amz_date(when));
  if (!config_.credentials.session_token.empty()) {
    signed_part.headers.emplace_back("x-amz-security-token", config_.credentials.session_token);
  }
  signed_part.body_sha256 = what.body_sha256;

  HttpRequest request;
  request.headers = signed_part.headers;
  signed_part.headers.emplace_back("host", endpoint.authority());
  request.headers.emplace_back("authorization", authorization(signed_part, {config_.region, "s3"},
                                                              config_.credentials, when));
  request.method = what.method;
  request.target = std::move(target);
  if (!what.query.empty()) request.target += "?" + canonical_query(what.query);
  request.body = what.body;
  request.repeat = Repeat::allowed;  // Everything that is asked of a Store may be asked twice.
  request.answer_bytes_max = std::max(what.answer_bytes_max, kErrorBytesMax);
  return request;
}

void S3Store::require_done(const Ask& what, const Answer& answer) const {
  if (answer.meaning == S3Meaning::done) return;
  // A condition that we did not set, or an object missing that we did not ask for.
  throw_error(what, answer.response, S3Meaning::rejected);
}

void S3Store::throw_error(const Ask& what, const HttpResponse& response, S3Meaning meaning) const {
  const auto error = parse_s3_error(response.body);
  const ErrorKind kind = meaning == S3Meaning::unavailable ? ErrorKind::unavailable
                         : meaning == S3Meaning::damaged   ? ErrorKind::corrupt
                                                           : ErrorKind::rejected;
  std::string text = "the store at " + client_.endpoint().text() + " did not " + what.verb + " " +
                     (what.key.empty() ? "" : "'" + what.key + "' in ") + "bucket " +
                     config_.bucket + ": " + reason_of(response.status, error);
  const auto id = response.header("x-amz-request-id");
  if (id) text += " [request " + std::string(id->substr(0, 100)) + "]";
  throw Error(kind, text);
}

}  // namespace holdfast
