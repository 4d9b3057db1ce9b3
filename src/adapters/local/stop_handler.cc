#include "adapters/local/stop_handler.h"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

namespace holdfast {

namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds(50);
constexpr Duration kLongestPause = std::chrono::seconds(1);
constexpr std::uint64_t kStopBit = std::uint64_t{1} << (SIGTERM - 1);

// Of a line such as "SigCgt:\t0000000180004002".
bool names_stop(std::string_view line) {
  const std::size_t digits = line.find_first_not_of(" \t", line.find(':') + 1);
  if (digits == std::string_view::npos) return false;
  std::uint64_t mask = 0;
  std::from_chars(line.data() + digits, line.data() + line.size(), mask, 16);
  return (mask & kStopBit) != 0;
}

bool handles_stop(const std::filesystem::path& status) {
  std::ifstream lines(status);
  for (std::string line; std::getline(lines, line);) {
    if ((line.starts_with("SigCgt:") || line.starts_with("SigBlk:")) && names_stop(line)) {
      return true;
    }
  }
  return false;
}

}  // namespace

StopHandler::StopHandler(const std::filesystem::path& proc, pid_t process, TimePoint now)
    : status_(proc / std::to_string(process) / "status"),
      pause_(kFirstPause),
      due_(now + kFirstPause) {}

void StopHandler::look_if_due(TimePoint now) {
  if (seen_ || now < due_) return;
  seen_ = handles_stop(status_);
  pause_ = std::min(pause_ * 2, kLongestPause);
  due_ = now + pause_;
}

}  // namespace holdfast
