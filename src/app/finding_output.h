// What `holdfast doctor` prints. Pure.
#pragma once

#include <string>
#include <vector>

#include "operate/finding.h"

namespace holdfast {

// The findings about one thing, such as a broker.
struct Examined {
  std::string what;   // "broker", "store" or "machine".
  std::string shown;  // Which one.
  Findings findings;
};

// A line for each finding, its cure below it, and a last line with the verdict.
std::string for_people(const std::vector<Examined>& all, bool colours);

// One object, in one line.
std::string to_json(const std::vector<Examined>& all);

// True if nothing is bad.
bool healthy(const std::vector<Examined>& all);

}  // namespace holdfast
