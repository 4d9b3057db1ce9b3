// One HTTP request and its answer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/file.h"

namespace holdfast {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// Bytes of an open file that are sent without being held in memory. The file must have them.
struct FileBody {
  const FileDescriptor* file = nullptr;  // Borrowed for the call.
  std::filesystem::path path;            // For errors.
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
};

enum class Repeat {
  allowed,    // Twice does no harm: may be sent again on a fresh connection if an old one broke.
  forbidden,  // The caller must learn that the outcome is unknown.
};

struct HttpRequest {
  std::string method;
  std::string target;   // Path and query, percent-encoded, without the endpoint's own path.
  HttpHeaders headers;  // Without Host, Content-Length and Connection, which the client writes.
  std::variant<std::string_view, FileBody> body;  // Borrowed for the call.
  Repeat repeat = Repeat::forbidden;
  std::uint64_t answer_bytes_max = 0;  // A longer body of an answer is an Error (corrupt).
};

struct HttpResponse {
  unsigned status = 0;
  HttpHeaders headers;
  std::string body;

  // The header's value, whatever the case of its name; nullopt if there is none.
  std::optional<std::string_view> header(std::string_view name) const;
};

}  // namespace holdfast
