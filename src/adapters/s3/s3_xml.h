// What an S3 server says in XML: the reason of an error, a page of a listing, the outcome of a
// copy. nullopt for anything that is not such a document, whole. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/store.h"

namespace holdfast {

struct S3ErrorBody {
  std::string code;  // As in "NoSuchKey"; never empty.
  std::string message;
  std::string request_id;
};

struct S3ListPage {
  std::vector<ObjectEntry> objects;  // With the store's own prefix.
  std::vector<std::string> folders;  // Common prefixes, with it too.
  bool more = false;
  std::string next_token;  // Where to go on, if there is more.
};

std::optional<S3ErrorBody> parse_s3_error(std::string_view body);

std::optional<S3ListPage> parse_s3_list(std::string_view body);

// True if `body` is the answer to a copy that was done. A server may say 200 before it knows, and
// an error in the body.
[[nodiscard]] bool is_copy_result(std::string_view body);

}  // namespace holdfast
