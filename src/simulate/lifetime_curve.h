// How long machines live until an interruption takes them, as it was seen: the share that is still
// there after so long (the product-limit estimate of Kaplan and Meier). A machine that nothing took
// while it was looked at counts for as long as it was there, and says nothing of what came later.
// Pure.
#pragma once

#include <optional>
#include <vector>

#include "base/random.h"
#include "simulate/hours.h"

namespace holdfast {

struct SeenLifetime {
  Hours length{0};
  bool interrupted = false;  // False: it was still there when it was seen last.
};

class LifetimeCurve {
 public:
  // Knows nothing.
  LifetimeCurve() = default;
  explicit LifetimeCurve(std::vector<SeenLifetime> seen);

  // Nothing was seen to be interrupted.
  bool empty() const noexcept { return steps_.empty(); }
  // The share that lives longer than `age`.
  double survivors(Hours age) const;
  // By when this share is interrupted; nullopt if that is further than anything was seen.
  std::optional<Hours> until_interrupted(double share) const;
  Hours mean() const;
  // The same shape, stretched to this mean.
  LifetimeCurve with_mean(Hours mean) const;
  // Call only if it is not empty.
  Hours draw(Random& random) const;

 private:
  struct Step {
    Hours at{0};
    double survivors = 1;  // From then on.
  };
  std::vector<Step> steps_;
  // Who lives longer than anything was seen goes on without a memory, at the rate until then.
  Hours seen_until_{0};
  Hours tail_mean_{0};
};

}  // namespace holdfast
