// Durations as people write them.
#include "app/duration_text.h"
#include "base/check.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  const auto duration = parse_duration(input);
  if (!duration) return;
  check(*duration >= Duration::zero(), "a duration is not negative");
  check(parse_duration(to_text(*duration)) == duration, "a duration that is shown can be read");
}
