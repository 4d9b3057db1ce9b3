#include "app/job_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "app/terminal.h"
#include "holdfast/error.h"

namespace holdfast {

JobOutput::JobOutput(std::filesystem::path folder) : folder_(std::move(folder)) {
  make_folders(folder_);
}

void JobOutput::begin(const std::string& job) {
  state_.with([&](State& state) {
    state = State{};
    state.job = job;
  });
}

void JobOutput::open(State& state) const {
  const std::filesystem::path path = folder_ / (state.job + ".log");
  struct stat status {};
  const bool long_already = ::stat(path.c_str(), &status) == 0 &&
                            static_cast<std::uint64_t>(status.st_size) > kFileBytesMax;
  if (long_already && ::rename(path.c_str(), (path.string() + ".old").c_str()) != 0) {
    throw_system_error("rename", path);
  }
  state.file =
      FileDescriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!state.file.open()) throw_system_error("write", path);
  state.begun = true;
}

void JobOutput::write(State& state, std::string_view bytes) const {
  if (state.job.empty() || state.added_bytes > kFileBytesMax) return;
  if (!state.begun) open(state);
  std::string more;
  state.added_bytes += bytes.size();
  if (state.added_bytes > kFileBytesMax) {
    more = std::string(bytes) + "\n[holdfast: not all is in this file: holdfast logs " + state.job +
           "]\n";
    bytes = more;
  }
  if (::write(state.file.get(), bytes.data(), bytes.size()) < 0) {
    throw_system_error("write", folder_ / (state.job + ".log"));
  }
}

void JobOutput::append(std::string_view bytes) noexcept {
  try {
    state_.with([&](State& state) { write(state, bytes); });
  } catch (const Error& error) {
    if (!std::exchange(failure_said_, true)) {
      say("holdfast: what jobs print is not copied to a file: " + std::string(error.what()) + "\n");
    }
  }
}

}  // namespace holdfast
