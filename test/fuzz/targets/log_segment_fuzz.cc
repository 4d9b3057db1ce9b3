// A part of a task's log, as the store gives it.
#include "base/check.h"
#include "core/log_segment.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  may_refuse([&] {
    const LogSegment segment = log_segment_from(input);
    check(log_segment_from(to_object(segment)) == segment,
          "a segment that was read can be written");
  });
}
