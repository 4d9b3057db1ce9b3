#include "core/worker_sign.h"

#include <algorithm>
#include <charconv>

#include "core/index_entry.h"

namespace holdfast {

namespace {

constexpr char kWorkerEnd = '~';
constexpr char kFieldEnd = ',';

std::optional<std::int64_t> seconds_from(std::string_view text) {
  std::int64_t seconds = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, seconds);
  if (error != std::errc() || end != last) return std::nullopt;
  return seconds;
}

std::string_view take_part(std::string_view& text) {
  const std::size_t end = std::min(text.find(kFieldEnd), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

}  // namespace

std::string to_text(const WorkerSign& sign) {
  std::string text = kWorkerEnd + std::to_string(sign.seen) + kFieldEnd +
                     std::to_string(sign.started) + kFieldEnd + index_word(sign.version);
  return index_word(sign.worker).substr(0, kIndexNameBytesMax - text.size()) + text;
}

std::optional<WorkerSign> worker_sign_from_text(std::string_view text) {
  const std::size_t worker_end = text.rfind(kWorkerEnd);
  if (worker_end == std::string_view::npos || worker_end == 0) return std::nullopt;
  WorkerSign sign;
  sign.worker = text.substr(0, worker_end);
  text.remove_prefix(worker_end + 1);
  const auto seen = seconds_from(take_part(text));
  const auto started = seconds_from(take_part(text));
  if (!seen || !started) return std::nullopt;
  sign.seen = *seen;
  sign.started = *started;
  sign.version = take_part(text);
  return sign;
}

}  // namespace holdfast
