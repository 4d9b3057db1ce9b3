// Usage: many_files DIRECTORY FILES [FOLDER_FILES]
// What a directory of FILES small files costs, FOLDER_FILES in a folder (1,000 if it is not said):
// three checkpoints in a row, of which the second finds nothing changed and the third one file.
// For each a line: milliseconds frozen, seconds until the snapshot stood, seconds until it was
// stored, bytes of content and of the list that were sent, requests, peak memory so far in MiB.
// Last a line with the seconds of a restore and the peak memory. All is below DIRECTORY; what is in
// its folder `work` already is used as it is.
#include <fcntl.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "adapters/local/directory_store.h"
#include "adapters/local/system_clock.h"
#include "adapters/retry/counted_store.h"
#include "base/file.h"
#include "checkpoint/restorer.h"
#include "checkpoint/saver.h"
#include "checkpoint/snapshot.h"

namespace holdfast::bench {
namespace {

namespace fs = std::filesystem;
using Instant = std::chrono::steady_clock::time_point;

Instant now() {
  return std::chrono::steady_clock::now();
}

double seconds(Instant from, Instant to) {
  return std::chrono::duration<double>(to - from).count();
}

double peak_mib() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void write(const fs::path& path, const std::string& text) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.open()) throw_system_error("write", path);
  write_range(file, path, 0, text);
}

void make(const fs::path& folder, std::uint64_t files, std::uint64_t in_folder) {
  for (std::uint64_t i = 0; i < files; ++i) {
    const fs::path inner = folder / std::to_string(i / in_folder);
    if (i % in_folder == 0) fs::create_directories(inner);
    write(inner / std::to_string(i), "file " + std::to_string(i) + "\n");
  }
}

int run(const std::vector<std::string>& words) {
  const fs::path root = words.at(0);
  const std::uint64_t files = std::stoull(words.at(1));
  const std::uint64_t in_folder = words.size() > 2 ? std::stoull(words[2]) : 1000;
  const fs::path work = root / "work";
  if (!fs::exists(work)) make(work, files, in_folder);

  SystemClock clock;
  DirectoryStore directory(root / "store");
  StoreTraffic traffic;
  CountedStore store(directory, traffic, clock);
  const StoreLayout layout(*JobId::parse("many"));
  SnapshotTaker taker(SnapshotTaker::kNoLimit, "/proc", std::chrono::nanoseconds(0));
  Saver saver(store, clock, layout, {1}, {});
  std::optional<SavedCheckpoint> saved;
  for (std::uint64_t generation = 1; generation <= 3; ++generation) {
    if (generation == 3) write(work / "0" / "0", "changed\n");
    const fs::path snapshot = root / std::to_string(generation);
    const Instant begin = now();
    Instant frozen = begin;
    Instant free = begin;
    taker.take(work, snapshot, {}, {[&] { frozen = now(); }, [&] { free = now(); }});
    const Instant taken = now();
    const std::uint64_t requests = traffic.requests.get();
    saved = saver.save(snapshot, {generation}, {});
    std::printf("%.1f %.2f %.2f %llu %llu %llu %.1f\n", seconds(frozen, free) * 1000,
                seconds(begin, taken), seconds(taken, now()),
                static_cast<unsigned long long>(saved->uploaded_bytes),
                static_cast<unsigned long long>(saved->manifest_bytes),
                static_cast<unsigned long long>(traffic.requests.get() - requests), peak_mib());
    if (generation > 1) remove_directory(root / std::to_string(generation - 1));
  }
  const Instant begin = now();
  const bool whole =
      Restorer(store, clock, layout).restore({saved->ref}, root / "restored", {}).has_value();
  std::printf("%.2f %.1f\n", seconds(begin, now()), peak_mib());
  return whole ? 0 : 1;
}

}  // namespace
}  // namespace holdfast::bench

int main(int argc, char** argv) {
  try {
    return holdfast::bench::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "many_files: %s\n", error.what());
    return 1;
  }
}
