#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

Command define_dashboard() {
  const auto options = std::make_shared<DashboardOptions>();
  Command dashboard{
      .name = "dashboard",
      .section = Section::see,
      .summary = "Show all jobs, machines and costs in a web browser",
      .description =
          "Prints an address to open in a browser on this machine. All data comes from the store, "
          "so it also works for a fleet that is gone. The address contains a secret token: anyone "
          "who has it can read what jobs print and download their results.\n\n"
          "Without --allow-actions it is read-only. docs/dashboard.md explains each page and the "
          "number of requests.",
      .examples = {"holdfast dashboard jobs.csv",
                   "holdfast dashboard --env-file worker.env --price 0.18",
                   "holdfast dashboard --env-file worker.env --allow-actions"},
      .exit_codes = {{"2", "usage"}, {"4", "it cannot listen"}, {"128+N", "signal N ended it"}}};
  dashboard.options = together(
      Options{{"LIST", text(options->list, "LIST", Completes::file),
               "The list of holdfast run, or its state folder", "what the settings name"},
              {.name = "--listen",
               .value = text(options->listen, "ADDRESS"),
               .help = "Address and port to serve the pages at",
               .usual = "127.0.0.1:9310",
               .more = "Pages are served without encryption. From another machine, forward the "
                       "port with ssh -L 9310:127.0.0.1:9310 instead of listening at an address "
                       "that others reach."},
              {.name = "--allow-actions",
               .value = flag(options->allow_actions),
               .help = "Let the pages cancel, requeue and drop jobs"},
              {.name = "--price",
               .value = dollars(options->price),
               .help = "Dollars for an hour of one machine, to show costs"}},
      state_option(options->state), queue_options(options->place),
      management_option(options->place), store_options(options->place));
  dashboard.result = [options](const Words&) -> CommandLine { return *options; };
  return dashboard;
}

}  // namespace holdfast
