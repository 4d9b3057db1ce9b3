#include "adapters/local/control_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

#include "core/control.h"

namespace holdfast {

namespace {

constexpr std::size_t kSocketPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;

std::filesystem::path make_short_folder(const std::filesystem::path& wanted) {
  std::string name = "/tmp/holdfast-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    throw_system_error("make a folder in /tmp for the control socket, whose path is too long:",
                       wanted);
  }
  return name;
}

}  // namespace

ControlSocket::ControlSocket(const std::filesystem::path& wanted) : path_(wanted) {
  if (path_.string().size() > kSocketPathBytesMax) {
    own_folder_ = make_short_folder(wanted);
    path_ = own_folder_ / "socket";
  }
  ::unlink(path_.c_str());
  socket_ = FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.string().copy(address.sun_path, kSocketPathBytesMax);
  if (!socket_.open() ||
      ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw_system_error("make the control socket", path_);
  }
}

ControlSocket::~ControlSocket() {
  ::unlink(path_.c_str());
  if (!own_folder_.empty()) ::rmdir(own_folder_.c_str());
}

std::optional<Datagram> ControlSocket::receive() {
  std::array<char, kTaskMessageBytesMax + 1> bytes;
  SenderAddress sender;
  socklen_t length = sizeof sender.address;
  const ssize_t got = ::recvfrom(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT,
                                 reinterpret_cast<sockaddr*>(&sender.address), &length);
  if (got < 0) return std::nullopt;
  Datagram datagram{std::string(bytes.data(), static_cast<std::size_t>(got)), std::nullopt};
  sender.length = length;
  if (length > offsetof(sockaddr_un, sun_path)) datagram.sender = sender;
  return datagram;
}

void ControlSocket::answer(const SenderAddress& to, std::string_view text) noexcept {
  ::sendto(socket_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&to.address), to.length);
}

}  // namespace holdfast
