#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"

namespace holdfast {

Command define_setup() {
  const auto options = std::make_shared<SetupOptions>();
  return {
      .name = "setup",
      .section = Section::fleet,
      .summary = "Make the queues at the broker, or show what differs",
      .description =
          "Safe to repeat. Queues that exist are never changed. With --json one object a queue: "
          "queue, outcome (created, as_wanted, different), differences, losses.",
      .examples = {"holdfast setup --env-file worker.env",
                   "holdfast setup --queue amqps://HOST/VHOST --job-queue my-queue"},
      .exit_codes = {{"0", "the queues are as wanted"},
                     {"2", "usage"},
                     {"3", "something differs"},
                     {"4", "the broker is out of reach"}},
      .options = together(queue_options(options->place),
                          json_option(options->json, "Print one JSON object a line")),
      .result = [options](const Words&) -> CommandLine { return *options; }};
}

}  // namespace holdfast
