#include "fakes/http_wire.h"

#include <strings.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace holdfast {

namespace {

constexpr std::size_t kHeadBytesMax = 64 * 1024;
constexpr std::size_t kReadBytes = 64 * 1024;

}  // namespace

HttpWire::HttpWire(FileDescriptor socket) : socket_(std::move(socket)) {}

std::optional<std::string> HttpWire::read_head() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  for (std::size_t end = 0; (end = read_ahead_.find(kEnd)) == std::string::npos;) {
    std::string more = std::exchange(read_ahead_, {});
    const std::string fresh = read_some(kReadBytes);
    if (fresh.empty() || more.size() > kHeadBytesMax) return std::nullopt;
    read_ahead_ = std::move(more) + fresh;
  }
  const std::size_t size = read_ahead_.find(kEnd) + kEnd.size();
  std::string head = read_ahead_.substr(0, size);
  read_ahead_.erase(0, size);
  return head;
}

std::string HttpWire::read_some(std::size_t bytes_max) {
  if (read_ahead_.empty()) {
    std::array<char, kReadBytes> buffer;
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) return {};
    read_ahead_.assign(buffer.data(), static_cast<std::size_t>(got));
  }
  std::string bytes = read_ahead_.substr(0, bytes_max);
  read_ahead_.erase(0, bytes.size());
  return bytes;
}

std::optional<std::string> HttpWire::read_answer_body(const std::string& head,
                                                      bool asked_for_head_only) {
  const std::string status = head.substr(head.find(' ') + 1, 3);
  std::string body;
  if (asked_for_head_only || status == "204" || status == "304") return body;
  const bool chunked = header_value(head, "transfer-encoding") == "chunked";
  const std::uint64_t length = content_length(head);
  const auto whole = [&] { return chunked ? body.ends_with("0\r\n\r\n") : body.size() == length; };
  while (!whole()) {
    const std::string more = read_some(chunked ? kReadBytes : length - body.size());
    if (more.empty()) return std::nullopt;
    body += more;
  }
  return body;
}

bool HttpWire::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void HttpWire::shut() const {
  static_cast<void>(::shutdown(socket_.get(), SHUT_RDWR));
}

std::string header_value(const std::string& head, std::string_view name) {
  for (std::size_t line = head.find("\r\n"); line != std::string::npos;
       line = head.find("\r\n", line + 2)) {
    const std::size_t begin = line + 2;
    const std::size_t colon = begin + name.size();
    if (colon >= head.size() || head[colon] != ':') continue;
    if (::strncasecmp(head.c_str() + begin, name.data(), name.size()) != 0) continue;
    const std::size_t value = head.find_first_not_of(' ', colon + 1);
    return head.substr(value, head.find("\r\n", value) - value);
  }
  return {};
}

std::uint64_t content_length(const std::string& head) {
  return std::strtoull(header_value(head, "content-length").c_str(), nullptr, 10);
}

}  // namespace holdfast
