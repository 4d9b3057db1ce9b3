// One end of an HTTP/1.1 connection for tests: heads and bodies over a blocking socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"

namespace holdfast {

class HttpWire {
 public:
  explicit HttpWire(FileDescriptor socket);

  // Everything up to the empty line, and with it; nullopt if the other end is gone.
  std::optional<std::string> read_head();
  // What has come of a body, at most `bytes_max`, at least one byte; empty if the other end is
  // gone.
  std::string read_some(std::size_t bytes_max);
  // The body that follows the head of an answer; nullopt if it ended too early.
  std::optional<std::string> read_answer_body(const std::string& head, bool asked_for_head_only);

  [[nodiscard]] bool write(std::string_view bytes) const;

  // Ends both directions; whoever reads or writes wakes up. Any thread, if no close() runs.
  void shut() const;
  int descriptor() const { return socket_.get(); }

 private:
  FileDescriptor socket_;
  std::string read_ahead_;
};

// A header's value; empty if it is not there.
std::string header_value(const std::string& head, std::string_view name);
std::uint64_t content_length(const std::string& head);

}  // namespace holdfast
