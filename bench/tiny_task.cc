// Usage: tiny_task stamp FIFO | tiny_task result
// The smallest task. stamp: writes to FIFO when its first instruction ran, as nanoseconds of
// CLOCK_MONOTONIC. result: leaves one small output file.
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

int write_to(const std::string& path, int flags, const char* text, std::size_t size) {
  const int file = ::open(path.c_str(), O_WRONLY | flags, 0644);
  const bool written = file >= 0 && ::write(file, text, size) == static_cast<ssize_t>(size);
  return written ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  if (argc == 3 && std::strcmp(argv[1], "stamp") == 0) {
    char line[64];
    const int size =
        std::snprintf(line, sizeof line, "%lld\n",
                      static_cast<long long>(now.tv_sec) * 1'000'000'000 + now.tv_nsec);
    return write_to(argv[2], 0, line, static_cast<std::size_t>(size));
  }
  const char* folder = std::getenv("HOLDFAST_OUTPUT_DIR");
  if (argc != 2 || std::strcmp(argv[1], "result") != 0 || folder == nullptr) return 65;
  return write_to(std::string(folder) + "/result.txt", O_CREAT, "180300", 6);
}
