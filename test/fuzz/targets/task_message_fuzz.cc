// A datagram from a task, which may be any program.
#include "base/check.h"
#include "core/control.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  const TaskMessage message = parse_task_message(input);
  if (message.progress) {
    check(*message.progress >= 0 && *message.progress <= 1, "progress is 0 to 1");
  }
  if (message.status) {
    check(message.status->size() <= kStatusBytesMax, "a status has its limit");
    check(message.status->find('\n') == std::string::npos, "a status is one line");
  }
  if (message.stall_after) {
    check(message.stall_after->count() >= 1 && *message.stall_after <= kStallAfterMax,
          "a stall has its limits");
  }
  check(message.ignored.size() <= 8, "at most one complaint per key");
}
