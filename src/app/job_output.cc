#include "app/job_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "app/terminal.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr std::string_view kSeparator = " | ";

}  // namespace

JobOutput::JobOutput(std::filesystem::path folder) : folder_(std::move(folder)) {
  make_folders(folder_);
}

void JobOutput::open(const std::string& job) {
  const std::filesystem::path path = folder_ / (job + ".log");
  if (job != job_) {
    file_.reset();
    job_ = job;
  }
  if (file_.open() && size_bytes_ < kFileBytesMax) return;
  if (file_.open()) {
    const std::filesystem::path old = path.string() + ".old";
    if (::rename(path.c_str(), old.c_str()) != 0) throw_system_error("rename", path);
  }
  file_ = FileDescriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  struct stat status {};
  if (!file_.open() || ::fstat(file_.get(), &status) != 0) throw_system_error("write", path);
  size_bytes_ = static_cast<std::uint64_t>(status.st_size);
}

void JobOutput::append(std::string_view line) noexcept {
  const std::size_t end = line.find(kSeparator);
  if (end == std::string_view::npos) return;
  try {
    open(std::string(line.substr(0, end)));
    const std::string text = std::string(line.substr(end + kSeparator.size())) + "\n";
    const ssize_t put = ::write(file_.get(), text.data(), text.size());
    if (put < 0) throw_system_error("write", folder_ / (job_ + ".log"));
    size_bytes_ += static_cast<std::uint64_t>(put);
  } catch (const Error& error) {
    if (!std::exchange(failure_said_, true)) {
      say("holdfast: what jobs print is not kept: " + std::string(error.what()) + "\n");
    }
  }
}

}  // namespace holdfast
