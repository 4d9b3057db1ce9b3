// The list of a result's files.
#include "base/check.h"
#include "core/checkpoint.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  may_refuse([&] {
    const auto outputs = outputs_from_json(input);
    for (const Output& output : outputs) check(stays_inside(output.path), "an output stays inside");
    const std::string once = to_json(outputs);
    check(to_json(outputs_from_json(once)) == once, "a list that was read can be written");
  });
}
