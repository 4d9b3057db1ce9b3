#include "app/command_line/values.h"

#include <algorithm>
#include <chrono>

#include "app/amount_text.h"
#include "app/command_line/closest.h"
#include "app/duration_text.h"

namespace holdfast {

namespace {

constexpr double kBytesPerGb = 1e9;
constexpr double kSecondsPerHour = 3600;
constexpr double kHoursMax = 1e6;
constexpr double kDollarsMax = 1e6;
constexpr double kAmountMin = 1e-6;  // GB, GB an hour.
constexpr double kAmountMax = 1e6;

constexpr const char* kDurationExamples = "write one such as 300ms, 90s, 5m, 1h30m or 1.5h";
constexpr const char* kSizeExamples = "write one such as 500MB (10^6 bytes) or 20GiB (2^30 bytes)";

std::optional<double> plain_number(const std::string& typed) {
  double value = 0;
  const char* const end = typed.data() + typed.size();
  const auto [rest, error] = std::from_chars(typed.data(), end, value);
  if (error != std::errc() || rest != end) return std::nullopt;
  return value;
}

bool in_range(double value, double least, double most) {
  return value >= least && value <= most;
}

template <typename Target>
Value duration_into(Target& to, Duration least) {
  return {"DURATION", [&to, least](const std::string& typed) -> std::string {
            const auto value = parse_duration(typed);
            if (!value) return std::string("is not a duration; ") + kDurationExamples;
            if (*value < least) return "is too short; the least is " + to_text(least);
            to = *value;
            return {};
          }};
}

// A number alone is `unit`s.
std::optional<Duration> duration_or_number(const std::string& typed, Duration unit) {
  const auto number = plain_number(typed);
  if (!number) return parse_duration(typed);
  if (!in_range(*number, 0, kHoursMax)) return std::nullopt;
  return std::chrono::duration_cast<Duration>(
      *number * std::chrono::duration<double, Duration::period>(unit));
}

template <typename Target>
Value dollars_into(Target& to) {
  return {"DOLLARS", [&to](const std::string& typed) -> std::string {
            const auto value = plain_number(typed.starts_with('$') ? typed.substr(1) : typed);
            if (!value || !in_range(*value, 0, kDollarsMax)) {
              return "is not an amount of dollars; write one such as 0.18";
            }
            to = *value;
            return {};
          }};
}

std::string choice_problem(const std::string& typed, const Words& choices) {
  std::string problem = "is not one of ";
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) problem += i + 1 == choices.size() ? " and " : ", ";
    problem += choices[i];
  }
  return problem + did_you_mean(typed, choices);
}

bool among(const Words& choices, const std::string& typed) {
  return std::find(choices.begin(), choices.end(), typed) != choices.end();
}

}  // namespace

std::string number_problem(const std::string& least, const std::string& most) {
  return "is not a whole number from " + least + " to " + most;
}

Value flag(bool& to) {
  return {"", [&to](const std::string&) -> std::string {
            to = true;
            return {};
          }};
}

Value text(std::string& to, std::string placeholder, Completes completes) {
  return {std::move(placeholder),
          [&to](const std::string& typed) -> std::string {
            if (typed.empty()) return "is empty";
            to = typed;
            return {};
          },
          {},
          completes};
}

Value optional_text(std::optional<std::string>& to, std::string placeholder) {
  return {std::move(placeholder), [&to](const std::string& typed) -> std::string {
            to = typed;
            return {};
          }};
}

Value texts(std::vector<std::string>& to, std::string placeholder, Completes completes) {
  return {std::move(placeholder),
          [&to](const std::string& typed) -> std::string {
            to.push_back(typed);
            return {};
          },
          {},
          completes,
          true};
}

Value setting(PlaceOptions& place, const std::string& name, std::string placeholder,
              Completes completes) {
  return {std::move(placeholder),
          [&place, name](const std::string& typed) -> std::string {
            place.flags[name] = typed;
            return {};
          },
          {},
          completes};
}

Value setting_flag(PlaceOptions& place, const std::string& name) {
  Value value = setting(place, name, "");
  value.take = [&place, name](const std::string&) -> std::string {
    place.flags[name] = "1";
    return {};
  };
  return value;
}

Value choice(std::string& to, std::string placeholder, std::vector<std::string> choices) {
  return {std::move(placeholder),
          [&to, choices](const std::string& typed) -> std::string {
            if (!among(choices, typed)) return choice_problem(typed, choices);
            to = typed;
            return {};
          },
          choices};
}

Value choices(std::vector<std::string>& to, std::string placeholder,
              std::vector<std::string> choices) {
  return {std::move(placeholder),
          [&to, choices](const std::string& typed) -> std::string {
            if (!among(choices, typed)) return choice_problem(typed, choices);
            to.push_back(typed);
            return {};
          },
          choices, Completes::nothing, true};
}

Value duration(Duration& to, Duration least) {
  return duration_into(to, least);
}

Value duration(std::optional<Duration>& to, Duration least) {
  return duration_into(to, least);
}

Value duration_or_hours(Duration& to) {
  return {"DURATION", [&to](const std::string& typed) -> std::string {
            const auto value = duration_or_number(typed, std::chrono::hours(1));
            if (!value || *value <= Duration::zero()) {
              return std::string("is not a duration above zero; ") + kDurationExamples;
            }
            to = *value;
            return {};
          }};
}

Value duration_or_seconds(double& seconds) {
  return {"DURATION", [&seconds](const std::string& typed) -> std::string {
            const auto value = duration_or_number(typed, std::chrono::seconds(1));
            if (!value) return std::string("is not a duration; ") + kDurationExamples;
            seconds = std::chrono::duration<double>(*value).count();
            return {};
          }};
}

Value size(std::optional<std::uint64_t>& bytes, std::uint64_t least) {
  return {"SIZE", [&bytes, least](const std::string& typed) -> std::string {
            const auto value = parse_size(typed);
            if (!value) return std::string("is not a size; ") + kSizeExamples;
            if (*value < least) return "is too small; the least is " + size_text(least);
            bytes = *value;
            return {};
          }};
}

Value size_or_gb(double& gb) {
  return {"SIZE", [&gb](const std::string& typed) -> std::string {
            auto value = plain_number(typed);
            const auto bytes = parse_size(typed);
            if (!value && bytes) value = static_cast<double>(*bytes) / kBytesPerGb;
            if (!value || !in_range(*value, kAmountMin, kAmountMax)) {
              return std::string("is not a size; ") + kSizeExamples;
            }
            gb = *value;
            return {};
          }};
}

Value rate_or_gb(double& gb_per_hour) {
  return {"RATE", [&gb_per_hour](const std::string& typed) -> std::string {
            auto value = plain_number(typed);
            const auto per_second = parse_rate(typed);
            if (!value && per_second) value = *per_second * kSecondsPerHour / kBytesPerGb;
            if (!value || !in_range(*value, kAmountMin, kAmountMax)) {
              return "is not a rate; write one such as 10GB/h, 3MB/s or 100Mbit/s";
            }
            gb_per_hour = *value;
            return {};
          }};
}

Value dollars(double& to) {
  return dollars_into(to);
}

Value dollars(std::optional<double>& to) {
  return dollars_into(to);
}

Value notify_target(std::vector<NotifyTarget>& to) {
  return {"URL|exec:COMMAND", [&to](const std::string& typed) -> std::string {
            const auto target = parse_notify_target(typed);
            if (const auto* wrong = std::get_if<std::string>(&target)) return *wrong;
            to.push_back(std::get<NotifyTarget>(target));
            return {};
          }};
}

Value notify_rules(NotifyRules& to) {
  return {"RULE", [&to](const std::string& typed) { return to.add(typed); }};
}

Value names(std::vector<std::string>& to) {
  return {"NAMES", [&to](const std::string& typed) -> std::string {
            for (std::size_t begin = 0; begin <= typed.size();) {
              const std::size_t end = std::min(typed.find(',', begin), typed.size());
              if (end == begin) return "has an empty name in it";
              to.push_back(typed.substr(begin, end - begin));
              begin = end + 1;
            }
            return {};
          }};
}

}  // namespace holdfast
