#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

Command define_fleet() {
  const auto options = std::make_shared<FleetOptions>();
  const auto without_jobs = std::make_shared<bool>(false);
  Command fleet{
      .name = "fleet",
      .section = Section::fleet,
      .summary = "Show the workers and machines of the fleet, each with its job",
      .description =
          "Shows the workers, from what they write to the store every five minutes. With the "
          "settings of SaladCloud or a --fleet-program it shows the machines that the cloud lists, "
          "and reads from the store which job runs where: a request or two for each job, which "
          "--no-jobs avoids.",
      .examples = {"holdfast fleet --env-file worker.env", "holdfast fleet --env-file salad.env",
                   "holdfast fleet --env-file salad.env --no-jobs --json"},
      .exit_codes = {
          {"0", "done"}, {"2", "usage"}, {"4", "cloud or store are out of reach or refuse"}}};
  fleet.options = together(Options{{.name = "--no-jobs",
                                    .value = flag(*without_jobs),
                                    .help = "Do not ask the store which job runs where"}},
                           queue_options(options->place), store_options(options->place),
                           fleet_options(options->place), json_option(options->json));
  fleet.result = [options, without_jobs](const Words&) -> CommandLine {
    options->with_jobs = !*without_jobs;
    return *options;
  };
  return fleet;
}

}  // namespace holdfast
