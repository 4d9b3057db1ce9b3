#include "sdk/worker_line.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace holdfast {

namespace {

// A worker copies many gigabytes where the file system cannot share blocks.
constexpr std::chrono::seconds kSnapshotWaitMax{600};
// The grace runs: what is on disk is taken when the program ends.
constexpr std::chrono::seconds kSnapshotWaitWhileStopping{10};
constexpr std::chrono::milliseconds kLookUpInterval{500};
constexpr std::size_t kAnswerBytesMax = 1024;

int connect_to(const std::string& path) noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  path.copy(address.sun_path, path.size());
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  // With nothing but a family, bind gives us a name that the kernel picks; answers come to it.
  sockaddr_un own{};
  own.sun_family = AF_UNIX;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof own.sun_family) == 0 &&
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return fd;
  }
  const int error_number = errno;
  ::close(fd);
  errno = error_number;
  return -1;
}

}  // namespace

WorkerLine::WorkerLine(const std::string& socket) {
  if (socket.empty()) return;
  socket_ = connect_to(socket);
  if (socket_ < 0) {
    std::fprintf(stderr, "holdfast: cannot reach the worker at %s: %s\n", socket.c_str(),
                 std::generic_category().message(errno).c_str());
  }
}

WorkerLine::~WorkerLine() {
  if (socket_ >= 0) ::close(socket_);
}

bool WorkerLine::tell(std::string_view message, std::chrono::milliseconds patience) noexcept {
  if (!connected()) return true;
  pollfd room = {socket_, POLLOUT, 0};
  if (patience.count() > 0) ::poll(&room, 1, static_cast<int>(patience.count()));
  const ssize_t put = ::send(socket_, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return put >= 0 || (errno != EAGAIN && errno != EINTR && errno != ENOBUFS);
}

std::string WorkerLine::ask_for_snapshot(const std::function<bool()>& asked_to_stop) noexcept {
  using Clock = std::chrono::steady_clock;  // The program's own: no clock is passed to it.
  if (!connected()) return "OK";
  std::array<char, kAnswerBytesMax> bytes;
  while (::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT) >= 0) {
    // An answer that came too late for its question. Ends: nothing was asked since.
  }
  const auto asked = Clock::now();
  bool told = false;
  for (;;) {  // Ends at one of the two limits.
    if (!told) told = tell("CHECKPOINT=1\n", std::chrono::milliseconds(0));
    pollfd wait = {socket_, static_cast<short>(told ? POLLIN : POLLIN | POLLOUT), 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(kLookUpInterval.count()));
    if (ready > 0 && (wait.revents & (POLLIN | POLLERR)) != 0) {
      const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (got < 0 && errno != EAGAIN && errno != EINTR) return {};  // The worker is gone.
      if (got > 0) {
        const std::string_view answer(bytes.data(), static_cast<std::size_t>(got));
        return std::string(answer.substr(0, answer.find('\n')));
      }
    }
    const auto waited = Clock::now() - asked;
    const auto limit = asked_to_stop() ? kSnapshotWaitWhileStopping : kSnapshotWaitMax;
    if (waited >= limit) return {};
  }
}

}  // namespace holdfast
