#include "core/step_back.h"

#include <algorithm>

namespace holdfast {

namespace {

// Two kept ones are no further apart, as a quotient of their distances from the newest, than one
// more left out between doubling distances makes them.
constexpr double kRatioMax = 4;

}  // namespace

StepBack after_failure(const Record& newest, Generation resumed) {
  StepBack step = newest.step_back;
  if (resumed.value == 0) return step;
  step.failures += 1;
  const auto step_to = [&](StepBack::Stage stage, Generation generation) {
    step.stage = stage;
    step.resume_from = generation;
  };
  const std::vector<CheckpointRef>& kept = newest.checkpoints;
  switch (step.stage) {
    case StepBack::Stage::newest: {
      const auto before = std::find_if(kept.begin(), kept.end(), [&](const CheckpointRef& ref) {
        return ref.generation < resumed;
      });
      if (step.failures < kFailuresFromNewest || before == kept.end()) break;
      step_to(StepBack::Stage::before, before->generation);
      break;
    }
    case StepBack::Stage::before:
      if (kept.empty() || kept.back().generation >= resumed) break;
      step_to(StepBack::Stage::oldest, kept.back().generation);
      break;
    case StepBack::Stage::oldest:
      break;
  }
  return step;
}

std::vector<CheckpointRef> resume_order(const Record& newest) {
  std::vector<CheckpointRef> order = newest.checkpoints;
  const Generation from = newest.step_back.resume_from;
  if (from.value == 0) return order;
  // Newer ones come last: better one of them than none.
  std::stable_partition(order.begin(), order.end(),
                        [&](const CheckpointRef& ref) { return ref.generation <= from; });
  return order;
}

std::vector<CheckpointRef> spaced(std::vector<CheckpointRef> refs, std::size_t room) {
  const auto distance = [&](std::size_t i) {
    return static_cast<double>(refs.front().generation.value - refs[i].generation.value);
  };
  while (refs.size() > room) {
    std::size_t surplus = refs.size() - 1;
    double smallest = kRatioMax;
    // The newest two always stay. What leaves the smallest gap goes, else the oldest.
    for (std::size_t i = 2; i + 1 < refs.size(); ++i) {
      const double ratio = distance(i + 1) / distance(i - 1);
      if (ratio > smallest || (ratio == smallest && surplus < refs.size() - 1)) continue;
      smallest = ratio;
      surplus = i;
    }
    refs.erase(refs.begin() + static_cast<std::ptrdiff_t>(surplus));
  }
  return refs;
}

}  // namespace holdfast
