// A record of a job's log.
#include "base/check.h"
#include "core/record.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  may_refuse([&] {
    const std::string once = to_json(record_from_json(input));
    check(to_json(record_from_json(once)) == once, "a record that was read can be written");
  });
}
