// The list of a result's files.
#include "base/check.h"
#include "core/checkpoint.h"
#include "core/output_list.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  may_refuse([&] {
    const OutputList list = output_list_from_json(input);
    for (const Output& output : list.outputs) {
      check(stays_inside(output.path), "an output stays inside");
    }
    const std::string once = to_json(list);
    check(to_json(output_list_from_json(once)) == once, "a list that was read can be written");
  });
  may_refuse([&] {
    for (const Output& output : outputs_from_json(input)) {
      check(stays_inside(output.path), "an output of a page stays inside");
    }
  });
}
