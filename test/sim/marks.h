// Coverage marks: each fault that the simulation can make, and each way through the product that
// matters, has one. A run of many worlds in which a mark was never reached proves less than it
// says, and fails. Those of the product are events of its log.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::sim {

class Marks {
 public:
  // Ends the program if the mark is not on the list.
  void reach(std::string_view mark);
  // An event of the product's log, on the list or not.
  void reach_if_listed(std::string_view event);
  std::vector<std::string> missing() const;

 private:
  std::set<std::string, std::less<>> reached_;
};

}  // namespace holdfast::sim
