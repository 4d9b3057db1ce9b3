#include "accountant.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace holdfast::sim {

namespace {

constexpr double kPoint = 0.01;

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

bool of_its_own_fault(Ending ending) {
  return counts_as_failure(ending) || ending == Ending::refused || ending == Ending::timed_out ||
         ending == Ending::stalled;
}

// How long the program stood still between these instants.
Duration still_between(const AttemptTruth& truth, TimePoint from, TimePoint until) {
  Duration sum{0};
  for (const auto& [begin, length] : truth.still) {
    sum += std::max(std::min(begin + length, until) - std::max(begin, from), Duration::zero());
  }
  return sum;
}

// The newest snapshot of what is durable; one without a change is durable without a commit.
std::optional<TimePoint> durable_until(const AttemptTruth& truth) {
  const auto shows = [&](const auto& snapshot) { return snapshot.second == truth.durable_step; };
  const auto newest = std::find_if(truth.snapshots.rbegin(), truth.snapshots.rend(), shows);
  if (newest == truth.snapshots.rend()) return std::nullopt;
  return newest->first;
}

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.2f %%", share / kPoint);
  return text;
}

}  // namespace

void Accountant::count(const AttemptTruth& truth, const TimeAccount& told, double rate,
                       Ending ending, bool all_kept) {
  if (ending == Ending::lost || ending == Ending::interrupted) interruptions_ += 1;
  constexpr double kMilli = 0.001;
  const auto in_the_world = [&](std::uint64_t milliseconds) {
    return static_cast<double>(milliseconds) * kMilli / rate;
  };
  told_.useful += in_the_world(told.useful);
  told_.failed += in_the_world(told.failed);
  told_.restoring += in_the_world(told.restoring);
  told_.frozen += in_the_world(told.frozen);
  told_.storing += in_the_world(told.storing);
  // Of a lost one by wall clocks, which are right in the worlds that are counted.
  told_.lost += in_the_world(told.lost) * (ending == Ending::lost ? rate : 1);

  const TimePoint released = *truth.released;
  const TimePoint ended = std::min(truth.ended.value_or(released), released);
  const TimePoint started = std::min(truth.started.value_or(ended), ended);
  truth_.restoring += seconds(started - truth.claimed);
  truth_.storing += seconds(released - ended);
  const TimePoint kept = all_kept ? ended : std::min(durable_until(truth).value_or(started), ended);
  const double useful = seconds(kept - started - still_between(truth, started, kept));
  const Duration still = still_between(truth, started, ended);
  truth_.useful += useful;
  truth_.frozen += seconds(still);
  (of_its_own_fault(ending) ? truth_.failed : truth_.lost) +=
      seconds(ended - started - still) - useful;
}

std::vector<Accountant::Share> Accountant::shares() const {
  const auto share = [&](const char* name, double Sums::*part) {
    return Share{name, told_.*part / told_.paid(), truth_.*part / truth_.paid()};
  };
  return {share("useful", &Sums::useful),           share("lost", &Sums::lost),
          share("failed", &Sums::failed),           share("restoring", &Sums::restoring),
          share("frozen", &Sums::frozen),           share("storing", &Sums::storing),
          {"paid", told_.paid() / truth_.paid(), 1}};
}

std::optional<std::string> Accountant::fault() const {
  if (interruptions_ < kInterruptionsMin) return std::nullopt;
  for (const Share& share : shares()) {
    if (std::abs(share.told - share.truth) <= kPoint) continue;
    return std::string("the time accounts say ") + share.name + " " + percent(share.told) +
           ", and it was " + percent(share.truth) + " of " + summary();
  }
  return std::nullopt;
}

std::string Accountant::summary() const {
  constexpr double kHour = 3600;
  std::string text = std::to_string(std::lround(truth_.paid() / kHour)) + " h with " +
                     std::to_string(interruptions_) + " interruptions:";
  for (const Share& share : shares()) {
    text += std::string(" ") + share.name + " " + percent(share.told) + " (" +
            percent(share.truth) + ")";
  }
  return text;
}

}  // namespace holdfast::sim
