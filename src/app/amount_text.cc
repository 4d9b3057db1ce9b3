#include "app/amount_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace holdfast {

namespace {

constexpr double kSizeMax = 9007199254740992.0;  // 2^53: each byte still counts.
constexpr std::string_view kPrefixes = "kmgtp";
constexpr double kBitsPerByte = 8;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
  std::string result;
  for (const char c : text) result += lower(c);
  return result;
}

// A number, not negative, at the beginning of `text`, which loses it.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc() || text.front() == '-' || !std::isfinite(value)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return value;
}

// The factor of k, Ki, M, Mi and so on, which `unit` loses.
double take_prefix(std::string_view& unit) {
  const std::size_t power = unit.empty() ? std::string_view::npos : kPrefixes.find(unit.front());
  if (power == std::string_view::npos) return 1;
  unit.remove_prefix(1);
  const bool binary = unit.starts_with('i');
  if (binary) unit.remove_prefix(1);
  return std::pow(binary ? 1024.0 : 1000.0, static_cast<double>(power + 1));
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const std::string small = lowered(text);
  std::string_view rest = small;
  const auto number = take_number(rest);
  if (!number) return std::nullopt;
  const double bytes = std::round(*number * take_prefix(rest));
  if ((!rest.empty() && rest != "b") || bytes > kSizeMax) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> kUnits = {
      {{"TB", 1'000'000'000'000}, {"GB", 1'000'000'000}, {"MB", 1'000'000}, {"kB", 1000}}};
  for (const auto& [name, length] : kUnits) {
    if (bytes != 0 && bytes % length == 0)
      return std::to_string(bytes / length) + std::string(name);
  }
  return std::to_string(bytes) + "B";
}

std::optional<double> parse_rate(std::string_view text) {
  const std::string small = lowered(text);
  const std::size_t slash = small.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::string_view time = std::string_view(small).substr(slash + 1);
  const double seconds = time == "s"                    ? 1
                         : time == "m" || time == "min" ? 60
                         : time == "h"                  ? 3600
                                                        : 0;
  std::string_view amount = std::string_view(small).substr(0, slash);
  const auto number = take_number(amount);
  if (!number || seconds == 0) return std::nullopt;
  const double factor = take_prefix(amount);
  if (amount == "bit") return *number * factor / kBitsPerByte / seconds;
  if (amount != "b") return std::nullopt;
  return *number * factor / seconds;
}

}  // namespace holdfast
