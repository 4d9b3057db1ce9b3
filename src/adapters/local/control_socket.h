// The Unix datagram socket at which a task's messages arrive.
#pragma once

#include <sys/un.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"

namespace holdfast {

// Whom to answer.
struct SenderAddress {
  sockaddr_un address{};
  unsigned length = 0;
};

struct Datagram {
  std::string text;
  std::optional<SenderAddress> sender;  // nullopt: it has no address and hears no answer.
};

// One thread.
class ControlSocket {
 public:
  // Binds `wanted`, replacing what a worker that died left there. A path longer than the 107
  // bytes that the kernel takes is replaced by one in a private folder below /tmp; path() says
  // which one holds. Throws Error (machine).
  explicit ControlSocket(const std::filesystem::path& wanted);

  // Removes the socket.
  ~ControlSocket();

  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  // The folder made for it; empty if none was needed.
  const std::filesystem::path& own_folder() const noexcept { return own_folder_; }
  int descriptor() const noexcept { return socket_.get(); }

  // The next datagram; nullopt if none waits. One that is longer than a message may be is cut
  // right behind that size.
  std::optional<Datagram> receive();

  // Best effort: a sender that is gone or does not listen hears nothing.
  void answer(const SenderAddress& to, std::string_view text) noexcept;

 private:
  std::filesystem::path own_folder_;
  std::filesystem::path path_;
  FileDescriptor socket_;
};

}  // namespace holdfast
