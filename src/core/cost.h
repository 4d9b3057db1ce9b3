// What machine time cost, at a price for an hour of one slot. Pure.
#pragma once

#include <optional>
#include <string>

#include "core/time_account.h"

namespace holdfast {

// In dollars.
struct Cost {
  double paid = 0;
  double lost = 0;                    // Of it: work that interruptions took.
  std::optional<double> useful_hour;  // Paid for each useful hour; nullopt: there was none yet.
};

Cost cost_of(const TimeAccount& spent, double dollars_per_hour);

// "$1,234.50", "$0.185", "$0.0004": small sums with two digits that count; "<$0.0001" below that.
std::string dollars_text(double amount);

// "$0.45, $0.20 for a useful hour; interruptions took $0.02 of it"
std::string cost_text(const Cost& cost);

}  // namespace holdfast
