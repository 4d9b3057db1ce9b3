#include "runner_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "holdfast/error.h"
#include "support/copy_directory.h"

namespace holdfast {

RunnerFixture::RunnerFixture() {
  std::string name = (std::filesystem::temp_directory_path() / "runner-XXXXXX").string();
  root_ = ::mkdtemp(name.data());
  std::filesystem::create_directory(directory());
  copy_ = [](const auto& from, const auto& to, const auto& stop, const auto& standstill) {
    return copy_directory(from, to, stop, standstill);
  };
  make_runner("/proc");
}

RunnerFixture::~RunnerFixture() {
  runner_.reset();
  remove_directory(root_);
}

void RunnerFixture::make_runner(const std::filesystem::path& proc) {
  RunnerParts parts;
  parts.post_event = [this](TaskEvent event) { events_.post(std::move(event)); };
  parts.line = [this](std::string_view line) {
    if (keep_lines_) lines_.post(std::string(line));
  };
  parts.copy = [this](const auto&... arguments) { return copy_(arguments...); };
  runner_.reset();
  runner_ = std::make_unique<ProcessRunner>(clock_, std::move(parts), proc);
}

TaskSpec RunnerFixture::spec(std::vector<std::string> arguments) const {
  TaskSpec spec;
  spec.arguments = std::move(arguments);
  spec.working_directory = directory();
  spec.checkpoint_directory = directory();
  spec.socket = root_ / "socket";
  return spec;
}

std::string RunnerFixture::refusal(const TaskSpec& wanted) {
  try {
    runner_->start(wanted);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::machine);
    return error.what();
  }
  return {};
}

std::string RunnerFixture::text_of(const std::filesystem::path& file) const {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

HeldFifo::HeldFifo(const std::filesystem::path& path) : path_(path.string()) {
  if (::mkfifo(path.c_str(), 0600) != 0) throw std::runtime_error("no fifo");
  reopen();
}

void HeldFifo::reopen() {
  reading_end_ = FileDescriptor(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  said_.clear();
  free_ = false;
}

bool HeldFifo::read_more(int wait_ms) {
  pollfd wait = {reading_end_.get(), POLLIN, 0};
  if (::poll(&wait, 1, wait_ms) <= 0) return false;
  std::array<char, 256> text;
  const ssize_t got = ::read(reading_end_.get(), text.data(), text.size());
  if (got > 0) said_.append(text.data(), static_cast<std::size_t>(got));
  if (got == 0) free_ = true;
  return true;
}

bool HeldFifo::held_by(std::size_t count) {
  constexpr int kWaitMs = 20'000;
  while (static_cast<std::size_t>(std::count(said_.begin(), said_.end(), '\n')) < count) {
    if (!read_more(kWaitMs) || free_) return false;
  }
  return true;
}

std::optional<Duration> HeldFifo::time_until_free(const Clock& clock, Duration longest) {
  const TimePoint begin = clock.now();
  const int wait_ms =
      static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(longest).count());
  while (!free_) {
    if (!read_more(wait_ms)) return std::nullopt;
  }
  return clock.now() - begin;
}

}  // namespace holdfast
