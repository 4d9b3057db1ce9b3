#include "app/duration_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
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

// "1.5" of a unit. nullopt if `number` is none, or too large.
std::optional<milliseconds> part_of(std::string_view number, milliseconds unit) {
  double count = 0;
  const char* const end = number.data() + number.size();
  const auto [rest, error] = std::from_chars(number.data(), end, count, std::chars_format::fixed);
  if (number.starts_with('.') || number.ends_with('.')) return std::nullopt;
  if (error != std::errc() || rest != end) return std::nullopt;
  if (count > static_cast<double>(kDurationMax / unit)) return std::nullopt;
  return milliseconds(std::llround(count * static_cast<double>(unit.count())));
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration::zero();
  if (text.empty()) return std::nullopt;
  milliseconds total{0};
  auto unit = kUnits.begin();
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const std::string_view number = text.substr(0, digits);
    text.remove_prefix(digits);
    const std::size_t letters = std::min(text.find_first_of("0123456789."), text.size());
    const std::string_view name = text.substr(0, letters);
    text.remove_prefix(letters);
    // Units that were used, or are longer, are not taken again.
    while (unit != kUnits.end() && unit->first != name) ++unit;
    const bool whole = number.find('.') == std::string_view::npos;
    if (unit == kUnits.end() || (!whole && !text.empty())) return std::nullopt;
    const auto part = part_of(number, unit->second);
    if (!part || *part > kDurationMax - total) return std::nullopt;
    total += *part;
    ++unit;
  }
  return total;
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

std::string short_text(Duration duration) {
  using std::chrono::days;
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::seconds;
  if (duration < minutes(2)) return std::to_string(duration / seconds(1)) + " s";
  if (duration < hours(2)) return std::to_string(duration / minutes(1)) + " min";
  if (duration < days(2)) return std::to_string(duration / hours(1)) + " h";
  return std::to_string(duration / days(1)) + " d";
}

}  // namespace holdfast
