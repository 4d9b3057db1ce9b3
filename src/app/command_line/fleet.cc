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
          "The workers that are there, by what they write into the store every five minutes. "
          "With the settings of SaladCloud or a --fleet-program: the machines, by what "
          "the cloud says; which job runs where is in the store then, a request or two per job, "
          "which --no-jobs leaves out.",
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
