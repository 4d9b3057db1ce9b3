// One HTTP request and its answer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/file.h"
#include "base/time.h"

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

struct HttpResponse {
  unsigned status = 0;
  HttpHeaders headers;
  std::string body;

  // The header's value, whatever the case of its name; nullopt if there is none.
  std::optional<std::string_view> header(std::string_view name) const;
};

// Takes a body of any size as it comes, instead of the answer that would hold it.
struct BodySink {
  // Asked once the head of the answer is there: false, and the answer holds the body after all.
  std::function<bool(const HttpResponse& head)> wanted;
  std::function<void(std::string_view bytes)> take;
  Duration piece_time{0};  // How long each piece may take; the call's deadline is that of the head.
};

struct HttpRequest {
  std::string method;
  std::string target;   // Path and query, percent-encoded, without the endpoint's own path.
  HttpHeaders headers;  // Without Host, Content-Length and Connection, which the client writes.
  std::variant<std::string_view, FileBody> body;  // Borrowed for the call.
  Repeat repeat = Repeat::forbidden;
  std::uint64_t answer_bytes_max = 0;  // A longer body of an answer is an Error (corrupt).
  const BodySink* sink = nullptr;      // Borrowed for the call; nullptr: the answer holds its body.
};

}  // namespace holdfast
