#include "adapters/s3/s3_store.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "adapters/s3/s3_name.h"
#include "adapters/s3/s3_xml.h"
#include "core/text.h"
#include "holdfast/error.h"
#include "ports/store_key.h"

namespace holdfast {

namespace {

// A page of 1,000 keys of 1,024 bytes, each byte of them percent-encoded, and what is said of them.
constexpr std::uint64_t kPageBytesMax = 8 * 1024 * 1024;
constexpr std::size_t kPageEntriesMax = 1000;
// Smaller objects are compared by their bytes: that costs no more than asking for their digest.
constexpr std::uint64_t kComparedWholeBytesMax = 64 * 1024;
constexpr std::uint64_t kRangeBytesMax = 8 * 1024 * 1024;

}  // namespace

S3Store::S3Store(S3Config config, const Clock& clock, S3Sizes sizes)
    : sizes_(sizes), client_(std::move(config), clock), uploads_(client_) {}

std::optional<std::string> S3Store::get(const std::string& key, std::uint64_t size_bytes_max,
                                        TimePoint deadline) {
  S3Ask what{.verb = "read", .method = "GET", .key = client_.full_key(key)};
  what.answer_bytes_max = size_bytes_max;
  S3Answer answer = client_.ask(what, deadline);
  if (answer.meaning == S3Meaning::absent) return std::nullopt;
  client_.require_done(what, answer);
  if (answer.response.status != 200) {
    client_.throw_error(what, answer.response, S3Meaning::unavailable);
  }
  if (answer.response.body.size() > size_bytes_max) {
    throw Error(ErrorKind::corrupt, "the object " + key + " has more than the " +
                                        std::to_string(size_bytes_max) + " bytes allowed");
  }
  return std::move(answer.response.body);
}

std::optional<std::string> S3Store::get_range(const std::string& key, std::uint64_t first,
                                              std::uint64_t size_bytes, TimePoint deadline) {
  S3Answer answer = ask_range(key, first, size_bytes, deadline);
  if (answer.meaning == S3Meaning::absent) return std::nullopt;
  if (answer.response.body.size() == size_bytes) return std::move(answer.response.body);
  throw Error(ErrorKind::corrupt, "the object " + key + " is too short");
}

CreateOutcome S3Store::create(const std::string& key, std::string_view bytes, TimePoint deadline) {
  S3Ask what{.verb = "create", .method = "PUT", .key = client_.full_key(key)};
  what.headers = {{"if-none-match", "*"}};
  what.body = bytes;
  what.body_sha256 = sha256(bytes).hex();
  const S3Answer answer = client_.ask(what, deadline);
  if (answer.meaning == S3Meaning::condition_failed) return CreateOutcome::exists;
  client_.require_done(what, answer);
  return CreateOutcome::created;
}

void S3Store::put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
                  TimePoint deadline) {
  S3Ask what{.verb = "write", .method = "PUT", .key = client_.full_key(key)};
  what.body = bytes;
  what.body_sha256 = digest.hex();
  client_.require_done(what, client_.ask(what, deadline));
}

void S3Store::upload(const std::string& key, const std::filesystem::path& file,
                     std::uint64_t size_bytes, const Sha256Digest& digest, TimePoint deadline) {
  if (size_bytes > sizes_.whole_bytes_max) {
    return uploads_.upload(key, file, size_bytes, digest, sizes_.part_bytes, deadline);
  }
  const FileDescriptor descriptor = open_to_read(file);
  S3Ask what{.verb = "write", .method = "PUT", .key = client_.full_key(key)};
  what.headers = {{kDigestHeader, digest.hex()}};
  what.body = FileBody{&descriptor, file, 0, size_bytes};
  what.body_sha256 = digest.hex();
  client_.require_done(what, client_.ask(what, deadline));
}

Holding S3Store::holds(const std::string& key, std::uint64_t size_bytes, const Sha256Digest& digest,
                       TimePoint deadline) {
  if (size_bytes <= kComparedWholeBytesMax) {
    try {
      const auto bytes = get(key, kComparedWholeBytesMax, deadline);
      if (!bytes) return Holding::absent;
      return sha256(*bytes) == digest ? Holding::equal : Holding::different;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      return Holding::different;  // It is larger.
    }
  }
  const S3Answer answer = ask_range(key, 0, 1, deadline);
  if (answer.meaning == S3Meaning::absent) return Holding::absent;
  const auto range = answer.response.header("content-range");
  const bool same_size = range && range->ends_with("/" + std::to_string(size_bytes));
  if (!same_size) return Holding::different;
  const auto stored = answer.response.header(kDigestHeader);
  if (!stored) return compare_bytes(key, size_bytes, digest, deadline);
  return *stored == digest.hex() ? Holding::equal : Holding::different;
}

Holding S3Store::compare_bytes(const std::string& key, std::uint64_t size_bytes,
                               const Sha256Digest& digest, TimePoint deadline) {
  Sha256 hash;
  for (std::uint64_t at = 0; at < size_bytes;) {
    const std::uint64_t wanted = std::min(kRangeBytesMax, size_bytes - at);
    const auto bytes = get_range(key, at, wanted, deadline);
    if (!bytes) return Holding::absent;
    hash.update(*bytes);
    at += wanted;
  }
  return hash.finish() == digest ? Holding::equal : Holding::different;
}

S3Answer S3Store::ask_range(const std::string& key, std::uint64_t first, std::uint64_t size_bytes,
                            TimePoint deadline) {
  S3Ask what{.verb = "read", .method = "GET", .key = client_.full_key(key)};
  what.headers = {
      {"range", "bytes=" + std::to_string(first) + "-" + std::to_string(first + size_bytes - 1)}};
  what.answer_bytes_max = size_bytes;
  S3Answer answer = client_.ask(what, deadline);
  if (answer.meaning != S3Meaning::absent) client_.require_done(what, answer);
  return answer;
}

bool S3Store::copy(const std::string& from, const std::string& to, std::uint64_t size_bytes,
                   TimePoint deadline) {
  if (size_bytes > sizes_.copy_bytes_max) {
    return uploads_.copy(from, to, size_bytes, sizes_.copy_part_bytes, deadline);
  }
  S3Ask what{.verb = "copy to", .method = "PUT", .key = client_.full_key(to)};
  what.headers = {{"x-amz-copy-source", "/" + client_.config().bucket + "/" +
                                            percent_encode(client_.full_key(from), "/")}};
  const S3Answer answer = client_.ask(what, deadline);
  if (answer.meaning == S3Meaning::absent) return false;
  client_.require_done(what, answer);
  // A copy may fail after the server has said 200.
  if (!is_copy_result(answer.response.body)) {
    client_.throw_error(what, answer.response, S3Meaning::unavailable);
  }
  return true;
}

void S3Store::remove(const std::string& key, TimePoint deadline) {
  const S3Ask what{.verb = "remove", .method = "DELETE", .key = client_.full_key(key)};
  const S3Answer answer = client_.ask(what, deadline);
  if (answer.meaning != S3Meaning::absent) client_.require_done(what, answer);
}

std::vector<ObjectEntry> S3Store::list(const std::string& prefix, const std::string& after,
                                       std::size_t count_max, TimePoint deadline) {
  std::vector<ObjectVersion> found = list_versions(prefix, after, count_max, deadline);
  return {std::make_move_iterator(found.begin()), std::make_move_iterator(found.end())};
}

std::vector<ObjectVersion> S3Store::list_versions(const std::string& prefix,
                                                  const std::string& after, std::size_t count_max,
                                                  TimePoint deadline) {
  std::vector<ObjectVersion> entries;
  std::string token;
  const std::string last = s3_name(after, after.size() * 3);
  while (entries.size() < count_max) {  // Ends by the deadline at the latest.
    S3ListPage page = list_page({}, prefix, count_max - entries.size(), token, after, deadline);
    for (ObjectVersion& object : page.objects) {
      object.key.erase(0, client_.config().prefix.size());
      const bool behind = object.key > last;
      object.key = key_of_s3_name(object.key);
      // Consoles leave objects like "folder/", which are no objects of ours.
      const bool ours = key_fault(object.key) == nullptr && behind;
      if (ours && entries.size() < count_max) entries.push_back(std::move(object));
    }
    if (!page.more) break;
    token = std::move(page.next_token);
  }
  return entries;
}

std::vector<std::string> S3Store::list_folders(const std::string& prefix, const std::string& after,
                                               std::size_t count_max, TimePoint deadline) {
  std::vector<std::string> folders;
  std::string token;
  // Keys in the folder `after` are greater than its name and bring it once more.
  const std::string behind = after.empty() ? after : prefix + after + "/";
  const std::string last = s3_name(behind, behind.size() * 3);
  while (folders.size() < count_max) {  // Ends by the deadline at the latest.
    S3ListPage page = list_page({{"delimiter", "/"}}, prefix, count_max - folders.size(), token,
                                behind, deadline);
    for (std::string& folder : page.folders) {
      folder.erase(0, client_.config().prefix.size());
      if (folder <= last || folders.size() == count_max) continue;
      folder.pop_back();
      folder = key_of_s3_name(folder.erase(0, s3_name(prefix, prefix.size() * 3).size()));
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
  S3Ask what{.verb = "list", .method = "GET", .query = query};
  what.answer_bytes_max = kPageBytesMax;
  const auto add = [&what](const char* name, std::string value) {
    what.query.emplace_back(name, std::move(value));
  };
  add("list-type", "2");
  add("encoding-type", "url");
  add("max-keys", std::to_string(std::min(count_max, kPageEntriesMax)));
  const std::string first = client_.config().prefix + s3_name(prefix, prefix.size() * 3);
  if (!first.empty()) add("prefix", first);
  if (!token.empty()) {
    add("continuation-token", token);
  } else if (!after.empty()) {
    add("start-after", client_.config().prefix + s3_name(after, after.size() * 3));
  }
  const S3Answer answer = client_.ask(what, deadline);
  client_.require_done(what, answer);
  auto page = parse_s3_list(answer.response.body);
  if (!page) {
    throw Error(ErrorKind::unavailable, client_.endpoint().text() + " answered a listing of " +
                                            client_.config().bucket + " with something else");
  }
  const auto below = [&](const std::string& key) { return key.starts_with(first); };
  const bool all_below = std::ranges::all_of(page->objects, below, &ObjectVersion::key) &&
                         std::ranges::all_of(page->folders, below);
  if (!all_below) {
    throw Error(ErrorKind::corrupt, client_.endpoint().text() +
                                        " listed keys that do not begin with what was asked for");
  }
  return std::move(*page);
}

std::vector<UnfinishedUpload> S3Store::unfinished_uploads(const std::string& prefix,
                                                          std::size_t count_max,
                                                          TimePoint deadline) {
  return uploads_.unfinished(prefix, count_max, deadline);
}

void S3Store::abandon(const UnfinishedUpload& upload, TimePoint deadline) {
  uploads_.abandon(upload, deadline);
}

}  // namespace holdfast
