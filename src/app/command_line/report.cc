#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

Command define_report() {
  const auto options = std::make_shared<ReportOptions>();
  DashboardOptions& source = options->source;
  Command report{
      .name = "report",
      .section = Section::see,
      .summary = "Report on all jobs, machines and costs, as text or one HTML file",
      .description =
          "Prints what the dashboard's pages show at this moment. With --html FILE it writes them "
          "as one file that needs no server and no network: for a paper, an invoice, a "
          "post-mortem.",
      .examples = {"holdfast report jobs.csv", "holdfast report jobs.csv --html report.html",
                   "holdfast report --env-file worker.env --group night-17 --html night.html",
                   "holdfast report --env-file worker.env --price 0.18 --json"},
      .exit_codes = {{"0", "done"}, {"2", "usage"}, {"4", "the store is out of reach"}}};
  report.options = together(
      Options{{"LIST", text(source.list, "LIST", Completes::file),
               "The list of holdfast run, or its state folder", "what the settings name"},
              {.name = "--html",
               .value = text(options->html, "FILE", Completes::file),
               .help = "Write one HTML file with all pages"},
              group_option(source.group),
              {.name = "--price",
               .value = dollars(source.price),
               .help = "Dollars for an hour of one machine, to show costs"}},
      state_option(source.state), queue_options(source.place), management_option(source.place),
      store_options(source.place), json_option(options->json));
  report.result = [options](const Words&) -> CommandLine { return *options; };
  return report;
}

}  // namespace holdfast
