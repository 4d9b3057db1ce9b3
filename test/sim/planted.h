// Which of the faults planted in copies of the product's code (planted_faults) a run has.
#pragma once

#include <optional>
#include <string_view>

namespace holdfast::sim {

extern int planted;  // 0: none.

// The number of a fault; nullopt: there is none of this name, 0: its text is not there any more.
std::optional<int> number_of_fault(std::string_view name);

}  // namespace holdfast::sim
