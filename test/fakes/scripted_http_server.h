// An HTTP server that gives the answers it was given, byte for byte, one for each request. For what
// no real server can be made to say. One thread; 127.0.0.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"

namespace holdfast {

class ScriptedHttpServer {
 public:
  // Answers in order; a connection is closed after an answer that says `Connection: close`, and
  // after an empty one. With no answers left, requests are read and left unanswered.
  explicit ScriptedHttpServer(std::vector<std::string> answers);
  ~ScriptedHttpServer();
  ScriptedHttpServer(const ScriptedHttpServer&) = delete;
  ScriptedHttpServer& operator=(const ScriptedHttpServer&) = delete;

  // http://127.0.0.1:port
  std::string url() const;

  // What came so far, head and body, in order.
  std::vector<std::string> requests() const;

  std::size_t connections() const;

 private:
  void run();
  void serve(const FileDescriptor& client);
  // False when the connection ends before a whole request has come.
  [[nodiscard]] bool read_request(const FileDescriptor& client, std::string& request);
  [[nodiscard]] bool wait_readable(const FileDescriptor& socket) const;

  FileDescriptor listener_;
  FileDescriptor wake_;  // Readable once the server must end.
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::size_t connections_ = 0;
  const std::vector<std::string> answers_;
  std::size_t next_ = 0;
  std::thread thread_;
};

// An answer with the status line ("200 OK"), more header lines ("A: b\r\n", or empty) and a body.
std::string http_answer(const std::string& status, const std::string& headers,
                        const std::string& body);

// As an S3 server says an error.
std::string s3_error_answer(const std::string& status, const std::string& code);

}  // namespace holdfast
