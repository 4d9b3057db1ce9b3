#include "adapters/s3/s3_uploads.h"

#include <algorithm>
#include <utility>

#include "adapters/s3/s3_name.h"
#include "adapters/s3/s3_xml.h"
#include "base/file.h"
#include "base/thread_pool.h"
#include "core/text.h"
#include "holdfast/error.h"
#include "ports/store_key.h"

namespace holdfast {

namespace {

constexpr std::uint64_t kReadBytes = 256 * 1024;
constexpr std::uint64_t kPageBytesMax = 8 * 1024 * 1024;
constexpr std::size_t kPageEntriesMax = 1000;

// The upload is gone from the server: aborted by somebody, too old, or finished by a call whose
// answer was lost. The next call begins anew.
class Forgotten : public Error {
 public:
  explicit Forgotten(const std::string& what) : Error(ErrorKind::unavailable, what) {}
};

// S3 counts parts from 1.
SignedPairs part_query(const UnfinishedUpload& upload, std::uint64_t part) {
  return {{"partNumber", std::to_string(part + 1)}, {"uploadId", upload.id}};
}

}  // namespace

void S3Uploads::upload(const std::string& key, const std::filesystem::path& file,
                       std::uint64_t size_bytes, const Sha256Digest& digest,
                       std::uint64_t part_bytes, TimePoint deadline) {
  const PartPlan plan = plan_parts(size_bytes, part_bytes);
  std::optional<Begun> begun = take_begun(key, plan, digest);
  if (!begun) {
    begun = Begun{begin(key, {{kDigestHeader, digest.hex()}}, deadline),
                  digest,
                  {},
                  plan,
                  std::make_unique<Sha256>(),
                  {}};
  }
  try {
    send_parts(*begun, file, deadline);
    if (!begun->found) begun->found = begun->hash->finish();
    if (*begun->found != digest) {
      throw Error(ErrorKind::corrupt, "the bytes of " + file.string() +
                                          " are not those that their digest was taken of");
    }
    std::vector<std::string> etags;
    for (const Part& part : begun->parts) etags.push_back(part.etag);
    finish(begun->upload, etags, deadline);
  } catch (const Forgotten&) {
    throw;
  } catch (const Error& error) {
    if (error.may_work_later()) {
      keep_begun(std::move(*begun));
    } else {
      try_abandon(begun->upload, deadline);
    }
    throw;
  }
}

bool S3Uploads::copy(const std::string& from, const std::string& to, std::uint64_t size_bytes,
                     std::uint64_t part_bytes, TimePoint deadline) {
  const PartPlan plan = plan_parts(size_bytes, part_bytes);
  const UnfinishedUpload upload = begin(to, {}, deadline);
  const std::string source =
      "/" + client_.config().bucket + "/" + percent_encode(client_.full_key(from), "/");
  try {
    std::vector<std::string> etags;
    for (std::uint64_t part = 0; part < plan.count; ++part) {
      S3Ask what{.verb = "copy to", .method = "PUT", .key = client_.full_key(to)};
      what.query = part_query(upload, part);
      const std::uint64_t first = plan.offset(part);
      what.headers = {
          {"x-amz-copy-source", source},
          {"x-amz-copy-source-range", "bytes=" + std::to_string(first) + "-" +
                                          std::to_string(first + plan.bytes_of(part) - 1)}};
      const S3Answer answer = client_.ask(what, deadline);
      if (answer.meaning == S3Meaning::absent) {
        try_abandon(upload, deadline);
        return false;
      }
      client_.require_done(what, answer);
      // A copy may fail after the server has said 200.
      const auto etag = parse_copied_part(answer.response.body);
      if (!etag) client_.throw_error(what, answer.response, S3Meaning::unavailable);
      etags.push_back(*etag);
    }
    finish(upload, etags, deadline);
    return true;
  } catch (const Error&) {
    try_abandon(upload, deadline);
    throw;
  }
}

UnfinishedUpload S3Uploads::begin(const std::string& key, SignedPairs headers, TimePoint deadline) {
  S3Ask what{.verb = "begin", .method = "POST", .key = client_.full_key(key)};
  what.query = {{"uploads", ""}};
  what.headers = std::move(headers);
  const S3Answer answer = client_.ask(what, deadline);
  client_.require_done(what, answer);
  const auto id = parse_begun_upload(answer.response.body);
  if (!id) client_.throw_error(what, answer.response, S3Meaning::unavailable);
  return {key, *id};
}

std::optional<S3Uploads::Begun> S3Uploads::take_begun(const std::string& key, const PartPlan& plan,
                                                      const Sha256Digest& digest) {
  std::optional<Begun> found;
  std::vector<Begun> others;
  while (auto begun = begun_.take()) {  // Ends: there are at most kBegunMax.
    const bool same = begun->upload.key == key && begun->digest == digest &&
                      begun->plan.size_bytes == plan.size_bytes;
    if (same && !found) {
      found = std::move(begun);
    } else {
      others.push_back(std::move(*begun));
    }
  }
  for (Begun& begun : others) begun_.post(std::move(begun));
  return found;
}

void S3Uploads::keep_begun(Begun begun) {
  std::vector<Begun> all;
  all.push_back(std::move(begun));
  while (auto other = begun_.take()) all.push_back(std::move(*other));  // Ends: as above.
  if (all.size() > kBegunMax) all.resize(kBegunMax);
  for (Begun& one : all) begun_.post(std::move(one));
}

void S3Uploads::send_parts(Begun& begun, const std::filesystem::path& path, TimePoint deadline) {
  const FileDescriptor file = open_to_read(path);
  ThreadPool pool(kWidth, /*background=*/true);
  for (std::uint64_t i = 0; i < begun.plan.count; ++i) {
    if (i == begun.parts.size()) read_part(begun, file, path);
    Part& part = begun.parts[i];
    if (!part.etag.empty()) continue;
    pool.give([&, i] {
      const FileBody body{&file, path, begun.plan.offset(i), begun.plan.bytes_of(i)};
      part.etag = send_part(begun.upload, i, body, part.sha256, deadline);
    });
  }
  pool.finish();
}

// Hashes the next part, for its own signature and as a piece of the whole.
void S3Uploads::read_part(Begun& begun, const FileDescriptor& file,
                          const std::filesystem::path& path) const {
  const std::uint64_t number = begun.parts.size();
  const std::uint64_t end = begun.plan.offset(number) + begun.plan.bytes_of(number);
  Sha256 hash;
  for (std::uint64_t at = begun.plan.offset(number); at < end;) {
    const std::string bytes = read_range(file, path, at, std::min(kReadBytes, end - at));
    if (bytes.empty()) {
      throw Error(ErrorKind::rejected, path.string() + " became shorter while it was sent");
    }
    hash.update(bytes);
    begun.hash->update(bytes);
    at += bytes.size();
  }
  begun.parts.push_back({hash.finish().hex(), ""});
}

std::string S3Uploads::send_part(const UnfinishedUpload& upload, std::uint64_t number,
                                 const FileBody& body, const std::string& sha256,
                                 TimePoint deadline) {
  S3Ask what{.verb = "write a part of", .method = "PUT", .key = client_.full_key(upload.key)};
  what.query = part_query(upload, number);
  what.body = body;
  what.body_sha256 = sha256;
  const S3Answer answer = client_.ask(what, deadline);
  if (answer.meaning == S3Meaning::absent) throw_forgotten(upload);
  client_.require_done(what, answer);
  const auto etag = answer.response.header("etag");
  if (!etag || etag->empty()) client_.throw_error(what, answer.response, S3Meaning::unavailable);
  return std::string(*etag);
}

void S3Uploads::finish(const UnfinishedUpload& upload, const std::vector<std::string>& etags,
                       TimePoint deadline) {
  const std::string list = finished_upload_xml(etags);
  S3Ask what{.verb = "put together", .method = "POST", .key = client_.full_key(upload.key)};
  what.query = {{"uploadId", upload.id}};
  what.body = list;
  what.body_sha256 = sha256(list).hex();
  const S3Answer answer = client_.ask(what, deadline);
  if (answer.meaning == S3Meaning::absent) throw_forgotten(upload);
  client_.require_done(what, answer);
  // Servers say 200 before they know, and an error in the body.
  if (!is_finished_upload(answer.response.body)) {
    client_.throw_error(what, answer.response, S3Meaning::unavailable);
  }
}

std::vector<UnfinishedUpload> S3Uploads::unfinished(const std::string& prefix,
                                                    std::size_t count_max, TimePoint deadline) {
  std::vector<UnfinishedUpload> found;
  S3UploadsPage page;
  do {  // Ends by the deadline at the latest.
    S3Ask what{.verb = "list the unfinished uploads of", .method = "GET"};
    what.answer_bytes_max = kPageBytesMax;
    what.query = {{"uploads", ""}, {"encoding-type", "url"}};
    what.query.emplace_back("max-uploads", std::to_string(std::min(count_max, kPageEntriesMax)));
    what.query.emplace_back("prefix", client_.config().prefix + prefix);
    if (page.more) {
      what.query.emplace_back("key-marker", page.next_key);
      what.query.emplace_back("upload-id-marker", page.next_id);
    }
    const S3Answer answer = client_.ask(what, deadline);
    client_.require_done(what, answer);
    auto read = parse_s3_uploads(answer.response.body);
    if (!read) client_.throw_error(what, answer.response, S3Meaning::unavailable);
    page = std::move(*read);
    for (UnfinishedUpload& upload : page.uploads) {
      if (!upload.key.starts_with(client_.config().prefix + prefix)) continue;
      upload.key = key_of_s3_name(upload.key.erase(0, client_.config().prefix.size()));
      if (key_fault(upload.key) == nullptr && found.size() < count_max) {
        found.push_back(std::move(upload));
      }
    }
  } while (page.more && found.size() < count_max);
  return found;
}

void S3Uploads::abandon(const UnfinishedUpload& upload, TimePoint deadline) {
  S3Ask what{.verb = "abandon", .method = "DELETE", .key = client_.full_key(upload.key)};
  what.query = {{"uploadId", upload.id}};
  const S3Answer answer = client_.ask(what, deadline);
  if (answer.meaning != S3Meaning::absent) client_.require_done(what, answer);
}

void S3Uploads::try_abandon(const UnfinishedUpload& upload, TimePoint deadline) noexcept {
  try {
    abandon(upload, deadline);
  } catch (const Error&) {
    // What stays is found by unfinished_uploads(), and most stores drop it after some days.
  }
}

void S3Uploads::throw_forgotten(const UnfinishedUpload& upload) const {
  throw Forgotten("the store at " + client_.endpoint().text() + " no longer knows the upload of '" +
                  upload.key + "' that was started; it must start again");
}

}  // namespace holdfast
