// What is said in XML to an S3 server and by it: the reason of an error, pages of listings, the
// outcome of a copy, uploads in parts. nullopt for anything that is not such a document, whole.
// Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/store.h"
#include "ports/versioned_listing.h"

namespace holdfast {

struct S3ErrorBody {
  std::string code;  // As in "NoSuchKey"; never empty.
  std::string message;
  std::string request_id;
  std::string region = {};  // The right one, where the server names it.
};

struct S3ListPage {
  std::vector<ObjectVersion> objects;  // With the store's own prefix.
  std::vector<std::string> folders;    // Common prefixes, with it too.
  bool more = false;
  std::string next_token;  // Where to go on, if there is more.
};

std::optional<S3ErrorBody> parse_s3_error(std::string_view body);

std::optional<S3ListPage> parse_s3_list(std::string_view body);

// True if `body` is the answer to a copy that was done. A server may say 200 before it knows, and
// an error in the body.
[[nodiscard]] bool is_copy_result(std::string_view body);

struct S3UploadsPage {
  std::vector<UnfinishedUpload> uploads;  // With the store's own prefix.
  bool more = false;
  std::string next_key;  // Where to go on, if there is more.
  std::string next_id;
};

std::optional<S3UploadsPage> parse_s3_uploads(std::string_view body);

// The id of an upload that was begun.
std::optional<std::string> parse_begun_upload(std::string_view body);

// The ETag of a part that was copied.
std::optional<std::string> parse_copied_part(std::string_view body);

// What puts parts together: their ETags, in order.
std::string finished_upload_xml(const std::vector<std::string>& etags);

[[nodiscard]] bool is_finished_upload(std::string_view body);

}  // namespace holdfast
