// Usage: paced_task STEPS STEP_MILLISECONDS STATE_BYTES
// A task at a known pace: each step takes its time on the clock and rewrites the file `state`, a
// step number and bytes that nothing compresses. Goes on from what `state` says, and prints a line
// when it begins to.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr std::size_t kNumberBytes = 16;

void tell(const std::string& words) {
  const char* path = std::getenv("HOLDFAST_SOCKET");
  sockaddr_un address{};
  if (path == nullptr || std::strlen(path) >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path);
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  static_cast<void>(::sendto(socket, words.data(), words.size(), MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&address), sizeof address));
  ::close(socket);
}

void fill(std::string& bytes, std::uint64_t seed) {
  std::uint64_t x = seed * 0x9e3779b97f4a7c15u + 1;
  for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    std::memcpy(bytes.data() + i, &x, 8);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 65;
  const long steps = std::atol(argv[1]);
  const long milliseconds = std::atol(argv[2]);
  std::string bytes(static_cast<std::size_t>(std::atol(argv[3])) + kNumberBytes, '\0');
  const int file = ::open("state", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  char number[kNumberBytes + 1] = {};
  long step = ::pread(file, number, kNumberBytes, 0) > 0 ? std::atol(number) : 0;
  std::puts("paced_task computes");
  std::fflush(stdout);
  timespec due{};
  ::clock_gettime(CLOCK_MONOTONIC, &due);
  while (step < steps) {
    due.tv_nsec += milliseconds % 1000 * 1'000'000;
    due.tv_sec += milliseconds / 1000 + due.tv_nsec / 1'000'000'000;
    due.tv_nsec %= 1'000'000'000;
    while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr) != 0) {
    }
    ++step;
    fill(bytes, static_cast<std::uint64_t>(step));
    const std::string written = std::to_string(step);
    std::memset(bytes.data(), '0', kNumberBytes);
    written.copy(bytes.data() + kNumberBytes - written.size(), written.size());
    if (::pwrite(file, bytes.data(), bytes.size(), 0) < 0) return 1;
    tell("STEP=" + std::to_string(step));
  }
  return 0;
}
