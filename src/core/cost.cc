#include "core/cost.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/text.h"

namespace holdfast {

Cost cost_of(const TimeAccount& spent, double dollars_per_hour) {
  constexpr double kHour = 3600e3;  // Milliseconds.
  const auto hours = [](std::uint64_t time) { return static_cast<double>(time) / kHour; };
  Cost cost{dollars_per_hour * hours(spent.paid()), dollars_per_hour * hours(spent.lost), {}};
  if (spent.useful > 0) cost.useful_hour = cost.paid / hours(spent.useful);
  return cost;
}

std::string dollars_text(double amount) {
  constexpr double kLeast = 0.0001;
  if (amount > 0 && amount < kLeast) return "<$0.0001";
  if (amount >= 1) {
    const auto cents = static_cast<std::uint64_t>(std::llround(amount * 100));
    const std::string rest = std::to_string(cents % 100);
    return "$" + grouped(cents / 100) + (rest.size() == 1 ? ".0" : ".") + rest;
  }
  // After the point, zeros before the first other digit.
  const int zeros = amount > 0 ? -static_cast<int>(std::floor(std::log10(amount))) - 1 : 0;
  std::string text = decimal(amount, std::max(3, zeros + 2));
  constexpr std::size_t kWithCents = 4;  // 0.18
  while (text.size() > kWithCents && text.back() == '0') text.pop_back();
  return "$" + text;
}

std::string cost_text(const Cost& cost) {
  std::string text = dollars_text(cost.paid);
  if (cost.useful_hour) text += ", " + dollars_text(*cost.useful_hour) + " for a useful hour";
  if (cost.lost > 0) text += "; interruptions took " + dollars_text(cost.lost) + " of it";
  return text;
}

}  // namespace holdfast
