// The kinds of values that options take, each with its one spelling and its one sentence about a
// wrong one. What a value is stored in must outlive the parsing.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/command_line/definition.h"

namespace holdfast {

Value flag(bool& to);
Value notify_target(std::vector<NotifyTarget>& to);
Value notify_rules(NotifyRules& to);
Value text(std::string& to, std::string placeholder, Completes completes = Completes::nothing);
Value optional_text(std::optional<std::string>& to, std::string placeholder);
Value texts(std::vector<std::string>& to, std::string placeholder,
            Completes completes = Completes::nothing);
// Words with commas between them; may be given several times.
Value names(std::vector<std::string>& to);
// A setting, kept by the option's name among the flags of `place`.
Value setting(PlaceOptions& place, const std::string& name, std::string placeholder,
              Completes completes = Completes::nothing);
Value setting_flag(PlaceOptions& place, const std::string& name);
Value choice(std::string& to, std::string placeholder, std::vector<std::string> choices);
Value choices(std::vector<std::string>& to, std::string placeholder,
              std::vector<std::string> choices);

// 300ms, 90s, 5m, 1h30m, 1.5h, 2d; 0 alone is one.
Value duration(Duration& to, Duration least = Duration::zero());
Value duration(std::optional<Duration>& to, Duration least = Duration::zero());
// As duration(); a number alone is hours, as older versions took it.
Value duration_or_hours(Duration& to);
// The same with seconds.
Value duration_or_seconds(double& seconds);
// 500MB, 20GiB.
Value size(std::optional<std::uint64_t>& bytes, std::uint64_t least);
// In GB; a number alone is GB, as older versions took it.
Value size_or_gb(double& gb);
// 10GB/h, 3MB/s, 100Mbit/s, in GB an hour; a number alone is GB an hour.
Value rate_or_gb(double& gb_per_hour);
// Dollars, as 0.18 or $0.18.
Value dollars(double& to);
Value dollars(std::optional<double>& to);

std::string number_problem(const std::string& least, const std::string& most);

// A whole number from `least` to `most`. `Number` may be optional.
template <typename Target, typename Number>
Value number(Target& to, Number least, Number most) {
  return {"N", [&to, least, most](const std::string& typed) -> std::string {
            Number value{};
            const char* const end = typed.data() + typed.size();
            const auto [rest, error] = std::from_chars(typed.data(), end, value);
            if (error != std::errc() || rest != end || value < least || value > most) {
              return number_problem(std::to_string(least), std::to_string(most));
            }
            to = value;
            return {};
          }};
}

}  // namespace holdfast
