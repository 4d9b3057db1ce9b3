// What a cloud's API answers, and what the user's own fleet command prints.
#include "adapters/command_fleet/command_fleet.h"
#include "adapters/salad/salad_json.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  static_cast<void>(problem_in(input));
  may_refuse([&] { static_cast<void>(fleet_in(input)); });
  may_refuse([&] { static_cast<void>(deployment_in(input)); });
  may_refuse([&] { static_cast<void>(instances_in(input)); });
  may_refuse([&] { static_cast<void>(room_in(input)); });
  may_refuse([&] { static_cast<void>(gpu_classes_in(input)); });
  may_refuse([&] { static_cast<void>(parse_command_fleet(std::string(input))); });
}
