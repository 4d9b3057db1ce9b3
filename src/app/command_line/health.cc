#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

Command define_health() {
  const auto options = std::make_shared<HealthOptions>();
  return {.name = "health",
          .section = Section::besides,
          .summary = "Ask whether a worker on this machine is well, for probes",
          .description =
              "The worker must have been started with --listen. It is well while it computes, no "
              "matter how long, and while it waits for its broker or store. It is not well if one "
              "of its threads is stuck.",
          .examples = {"holdfast health 9300", "HOLDFAST_LISTEN=9300 holdfast health"},
          .exit_codes = {{"0", "well"}, {"1", "stuck, or no answer"}, {"2", "usage"}},
          .options = together(
              Options{{"ADDRESS", text(options->address, "ADDRESS"),
                       "Where the worker listens, PORT or ADDRESS:PORT", "HOLDFAST_LISTEN"}},
              env_file(options->place)),
          .result = [options](const Words&) -> CommandLine { return *options; }};
}

}  // namespace holdfast
