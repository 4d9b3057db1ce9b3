#include "core/cost.h"

#include "core/text.h"

namespace holdfast {

Cost cost_of(const TimeAccount& spent, double dollars_per_hour) {
  constexpr double kHour = 3600e3;  // Milliseconds.
  const auto hours = [](std::uint64_t time) { return static_cast<double>(time) / kHour; };
  Cost cost{dollars_per_hour * hours(spent.paid()), dollars_per_hour * hours(spent.lost), {}};
  if (spent.useful > 0) cost.useful_hour = cost.paid / hours(spent.useful);
  return cost;
}

std::string cost_text(const Cost& cost) {
  std::string text = decimal(cost.paid, 2) + " dollars";
  if (cost.useful_hour) text += ", " + decimal(*cost.useful_hour, 3) + " for a useful hour";
  if (cost.lost > 0) text += "; interruptions took " + decimal(cost.lost, 2) + " of it";
  return text;
}

}  // namespace holdfast
