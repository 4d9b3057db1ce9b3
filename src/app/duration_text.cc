#include "app/duration_text.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace holdfast {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kDurationMax = std::chrono::hours(24 * 3653);

// Longest first.
constexpr std::array<std::pair<std::string_view, milliseconds>, 5> kUnits = {{
    {"d", std::chrono::hours(24)},
    {"h", std::chrono::hours(1)},
    {"m", std::chrono::minutes(1)},
    {"s", std::chrono::seconds(1)},
    {"ms", milliseconds(1)},
}};

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit.empty() && count == 0) return Duration::zero();
  for (const auto& [name, length] : kUnits) {
    if (name != unit) continue;
    if (count > kDurationMax / length) return std::nullopt;
    return count * length;
  }
  return std::nullopt;
}

std::string to_text(Duration duration) {
  const auto whole = std::chrono::duration_cast<milliseconds>(duration);
  for (const auto& [name, length] : kUnits) {
    if (whole.count() != 0 && whole % length != milliseconds(0)) continue;
    if (whole.count() == 0) return "0s";
    return std::to_string(whole / length) + std::string(name);
  }
  return std::to_string(whole.count()) + "ms";
}

}  // namespace holdfast
