// How long a new instance takes to run. Pure.
#pragma once

#include "base/random.h"
#include "simulate/scenario.h"

namespace holdfast {

// Spread as SaladCloud publishes for 100 instances with a 5.5 GB image: half of them run after 10
// minutes, 80 % after 20, 90 % after 40, all after 80; the whole curve is stretched to `median`.
Hours cold_start(Hours median, Random& random);

}  // namespace holdfast
