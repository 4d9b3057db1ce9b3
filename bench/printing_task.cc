// Usage: printing_task MIB FILE
// Prints so much text as fast as it is taken, and writes to FILE how many MB a second that were.
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr std::size_t kBlockBytes = 64 * 1024;
constexpr std::size_t kLineBytes = 80;

double now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  static std::array<char, kBlockBytes> block;
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    block[i] = i % kLineBytes == kLineBytes - 1 ? '\n' : static_cast<char>('a' + i % 26);
  }
  const double bytes = std::atof(arguments[1]) * 1024 * 1024;
  const double begin = now();
  for (double printed = 0; printed < bytes; printed += kBlockBytes) {
    for (std::size_t at = 0; at < kBlockBytes;) {
      const ssize_t put = ::write(STDOUT_FILENO, block.data() + at, kBlockBytes - at);
      if (put < 0) return 1;
      at += static_cast<std::size_t>(put);
    }
  }
  const double pace = bytes / 1e6 / (now() - begin);
  std::FILE* const file = std::fopen(arguments[2], "w");
  if (file == nullptr) return 1;
  std::fprintf(file, "%.0f\n", pace);
  return std::fclose(file);
}
