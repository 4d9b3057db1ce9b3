// Usage: frozen_directory DIRECTORY files|file|small MIB
// How long a task stands still for a snapshot of a directory of which 1 % changed since the last
// one: of many files of 16 MiB, of one large file, or of small files of 16 KiB. Prints
// milliseconds: of the first snapshot, and of each of five that follow a change. All are below
// DIRECTORY.
#include <fcntl.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/random.h"
#include "checkpoint/snapshot.h"

namespace holdfast::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr int kRounds = 5;

struct Tree {
  fs::path folder;
  std::uint64_t file_bytes = 0;
  std::uint64_t files = 0;

  fs::path file(std::uint64_t number) const {
    return folder / std::to_string(number / 1000) / std::to_string(number);
  }
};

std::string random_bytes(std::uint64_t size, Random& random) {
  std::string bytes;
  while (bytes.size() < size) bytes += random.hex(32);
  bytes.resize(size);
  return bytes;
}

void overwrite(const fs::path& path, std::uint64_t offset, std::string_view bytes) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!file.open()) throw_system_error("write", path);
  write_range(file, path, offset, bytes);
}

void make(const Tree& tree, Random& random) {
  const std::string bytes = random_bytes(std::min(tree.file_bytes, kMiB), random);
  for (std::uint64_t i = 0; i < tree.files; ++i) {
    fs::create_directories(tree.file(i).parent_path());
    for (std::uint64_t at = 0; at < tree.file_bytes; at += bytes.size()) {
      overwrite(tree.file(i), at, bytes);
    }
  }
}

// 1 % of the files, or of the only one.
void change(const Tree& tree, Random& random) {
  const std::uint64_t count = (tree.files + 99) / 100;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t size = tree.files == 1 ? tree.file_bytes / 100 : tree.file_bytes;
    overwrite(tree.file(random.below(tree.files)), 0, random_bytes(size, random));
  }
}

// Until the task may go on.
double milliseconds_frozen(SnapshotTaker& taker, const Tree& tree, const fs::path& to) {
  auto begin = std::chrono::steady_clock::now();
  auto end = begin;
  taker.take(tree.folder, to, {},
             {[&begin] { begin = std::chrono::steady_clock::now(); },
              [&end] { end = std::chrono::steady_clock::now(); }});
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

int run(const std::vector<std::string>& words) {
  const fs::path root = words.at(0);
  const std::uint64_t bytes = std::stoull(words.at(2)) * kMiB;
  const bool small = words.at(1) == "small";
  const std::uint64_t file_bytes = words.at(1) == "file" ? bytes : small ? kMiB / 64 : 16 * kMiB;
  const Tree tree{root / "work", file_bytes, bytes / file_bytes};
  Random random(1);
  make(tree, random);
  // Files that were made just now would be copied once more, as they should.
  SnapshotTaker taker(SnapshotTaker::kNoLimit, "/proc", std::chrono::nanoseconds(0));
  std::printf("%.1f\n", milliseconds_frozen(taker, tree, root / "0"));
  for (int i = 1; i <= kRounds; ++i) {
    change(tree, random);
    std::printf("%.1f\n", milliseconds_frozen(taker, tree, root / std::to_string(i)));
    remove_directory(root / std::to_string(i - 1));
  }
  return 0;
}

}  // namespace
}  // namespace holdfast::bench

int main(int argc, char** argv) {
  try {
    return holdfast::bench::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "frozen_directory: %s\n", error.what());
    return 1;
  }
}
