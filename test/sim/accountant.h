// Holds the product's time accounts (core/time_account.h) against what a world knows: when an
// attempt was claimed, its program ran, stood still and ended, and which instant its newest
// checkpoint shows. When a vanished worker died nobody in the product knows, so its accounts are
// right on the average only: the sums over many worlds are compared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "core/ending.h"
#include "core/time_account.h"

namespace holdfast::sim {

// What really became of one attempt.
struct AttemptTruth {
  TimePoint claimed{};
  std::optional<TimePoint> started;                   // The program runs.
  std::optional<TimePoint> ended;                     // It runs no more, or its worker is gone,
  std::optional<TimePoint> released;                  // which then holds the job no more.
  std::vector<std::pair<TimePoint, Duration>> still;  // The program stood still from then.
  std::vector<std::pair<TimePoint, std::uint64_t>> snapshots;  // When, and the step they show.
  std::optional<std::uint64_t> durable_step;  // What the newest committed checkpoint shows.
};

class Accountant {
 public:
  // The least number of interruptions that a judgement takes.
  static constexpr std::uint64_t kInterruptionsMin = 100;

  // An attempt is over. `told`: what the log says of it, by a clock that is `rate` times as fast as
  // the world's. `all_kept`: a checkpoint or the result holds all that it did.
  void count(const AttemptTruth& truth, const TimeAccount& told, double rate, Ending ending,
             bool all_kept);
  // One sentence if the product's sums are not the truth; nullopt also after too few interruptions.
  std::optional<std::string> fault() const;
  std::string summary() const;

 private:
  struct Sums {
    double useful = 0;
    double lost = 0;
    double failed = 0;
    double restoring = 0;
    double frozen = 0;
    double storing = 0;
    double paid() const { return useful + lost + failed + restoring + frozen + storing; }
  };
  // Names and shares of the paid time, of what was told and in truth.
  struct Share {
    const char* name;
    double told;
    double truth;
  };
  std::vector<Share> shares() const;

  Sums told_;
  Sums truth_;
  std::uint64_t interruptions_ = 0;
};

}  // namespace holdfast::sim
