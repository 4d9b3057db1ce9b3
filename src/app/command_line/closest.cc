#include "app/command_line/closest.h"

#include <algorithm>
#include <cstddef>

namespace holdfast {

namespace {

// A slip in every third letter is still a slip.
constexpr std::size_t kLettersPerSlip = 3;

// How many letters are to be put in, left out, changed or swapped with their neighbour.
std::size_t slips(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1,
                                             std::vector<std::size_t>(b.size() + 1, 0));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string closest(const std::string& typed, const std::vector<std::string>& known) {
  std::string best;
  std::size_t fewest = typed.size() / kLettersPerSlip + 1;
  for (const std::string& word : known) {
    // A beginning of a word is meant to be the word.
    const bool begun = typed.size() >= 3 && word.starts_with(typed);
    const std::size_t count = begun ? 1 : slips(typed, word);
    if (count > fewest || (count == fewest && !best.empty())) continue;
    fewest = count;
    best = word;
  }
  return best;
}

std::string did_you_mean(const std::string& typed, const std::vector<std::string>& known) {
  const std::string best = closest(typed, known);
  return best.empty() ? "" : "; did you mean " + best + "?";
}

}  // namespace holdfast
