// A task whose checkpoint directory grows, and that knows every byte which must be in it.
//
//   growing_task STEPS STEP_MS STEP_KIB
//
// Each step appends STEP_KIB to `grown` and then says in `state` that it did. Restored, it checks
// all that `grown` must hold by then and exits 3 if a byte is wrong. With the folder `snapshots`
// beside its own it prints how many snapshots there were at most.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

namespace {

namespace fs = std::filesystem;

// Bytes that do not compress, from the step's number (xorshift).
std::string bytes_of(std::uint64_t step, std::size_t count) {
  std::string bytes(count, '\0');
  std::uint64_t state = step * 0x9e3779b97f4a7c15u + 1;
  for (char& byte : bytes) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    byte = static_cast<char>(state);
  }
  return bytes;
}

bool holds(std::uint64_t steps, std::size_t step_bytes) {
  std::ifstream grown("grown", std::ios::binary);
  std::string read(step_bytes, '\0');
  for (std::uint64_t step = 1; step <= steps; ++step) {
    grown.read(read.data(), static_cast<std::streamsize>(read.size()));
    if (!grown || read != bytes_of(step, step_bytes)) return false;
  }
  return true;
}

void append(std::uint64_t step, std::size_t step_bytes) {
  std::ofstream grown("grown", std::ios::binary | std::ios::in | std::ios::out);
  grown.seekp(static_cast<std::streamoff>((step - 1) * step_bytes));
  const std::string bytes = bytes_of(step, step_bytes);
  grown.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void write_text(const fs::path& file, const std::string& text) {
  const fs::path unfinished = file.string() + ".new";
  std::ofstream(unfinished) << text;
  fs::rename(unfinished, file);
}

}  // namespace

int main(int, char** arguments) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  const std::uint64_t steps = std::strtoull(arguments[1], nullptr, 10);
  const std::chrono::milliseconds pause(std::atoi(arguments[2]));
  const std::size_t step_bytes = std::strtoull(arguments[3], nullptr, 10) * 1024;

  std::uint64_t done = 0;
  std::ifstream("state") >> done;
  if (!holds(done, step_bytes)) {
    std::printf("a byte is not what it was\n");
    return 3;
  }
  if (done == 0) std::ofstream("grown", std::ios::binary);
  std::printf("Starting step: %ju\n", std::uintmax_t{done});
  std::size_t snapshots = 0;
  while (done < steps) {
    append(++done, step_bytes);
    write_text("state", std::to_string(done));
    std::printf("Step %ju\n", std::uintmax_t{done});
    std::this_thread::sleep_for(pause);  // The work of a step.
    std::error_code none;
    const fs::directory_iterator listed("../snapshots", none);
    const auto count = static_cast<std::size_t>(std::distance(begin(listed), end(listed)));
    snapshots = std::max(snapshots, count);
  }
  std::printf("snapshots at most: %zu\n", snapshots);
  write_text(fs::path(std::getenv("HOLDFAST_OUTPUT_DIR")) / "result.txt", std::to_string(done));
  return 0;
}
