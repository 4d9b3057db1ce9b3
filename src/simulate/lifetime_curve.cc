#include "simulate/lifetime_curve.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace holdfast {

LifetimeCurve::LifetimeCurve(std::vector<SeenLifetime> seen) {
  std::sort(seen.begin(), seen.end(),
            [](const SeenLifetime& a, const SeenLifetime& b) { return a.length < b.length; });
  double survivors = 1;
  for (std::size_t i = 0; i < seen.size();) {
    const Hours at = seen[i].length;
    const auto alive = static_cast<double>(seen.size() - i);
    double interrupted = 0;
    for (; i < seen.size() && seen[i].length == at; ++i) interrupted += seen[i].interrupted ? 1 : 0;
    seen_until_ = at;
    if (interrupted == 0) continue;
    survivors *= 1 - interrupted / alive;
    steps_.push_back({at, survivors});
  }
  if (!steps_.empty() && survivors > 0) tail_mean_ = seen_until_ / -std::log(survivors);
}

double LifetimeCurve::survivors(Hours age) const {
  double share = 1;
  for (const Step& step : steps_) {
    if (step.at > age) return share;
    share = step.survivors;
  }
  return age > seen_until_ && share > 0 ? share * std::exp(-((age - seen_until_) / tail_mean_))
                                        : share;
}

std::optional<Hours> LifetimeCurve::until_interrupted(double share) const {
  for (const Step& step : steps_) {
    if (step.survivors <= 1 - share) return step.at;
  }
  return std::nullopt;
}

Hours LifetimeCurve::mean() const {
  Hours mean{0};
  Hours before{0};
  double share = 1;
  for (const Step& step : steps_) {
    mean += (step.at - before) * share;
    before = step.at;
    share = step.survivors;
  }
  return share > 0 ? mean + (seen_until_ - before + tail_mean_) * share : mean;
}

LifetimeCurve LifetimeCurve::with_mean(Hours mean) const {
  LifetimeCurve other = *this;
  const double factor = mean / this->mean();
  for (Step& step : other.steps_) step.at *= factor;
  other.seen_until_ *= factor;
  other.tail_mean_ *= factor;
  return other;
}

Hours LifetimeCurve::draw(Random& random) const {
  check(!steps_.empty(), "a lifetime is drawn from those that were seen");
  const double left = 1 - random.fraction();  // In (0, 1].
  for (const Step& step : steps_) {
    if (step.survivors < left) return step.at;
  }
  return seen_until_ - tail_mean_ * std::log(left / steps_.back().survivors);
}

}  // namespace holdfast
