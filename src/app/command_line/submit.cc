#include "app/command_line/definitions.h"

namespace holdfast {

namespace {

constexpr const char* kHelp = R"(Examples:
  holdfast submit --env-file worker.env jobs.csv
  generate-jobs | holdfast submit --env-file worker.env --ledger july.submitted -

The whole list is checked before anything of it is sent. In CSV a cell that is spelled like a JSON
number becomes one, an empty cell leaves its field out, and all else is text.
What the queue has confirmed stands in the ledger (default: JOBS.submitted), so the same command
again sends the rest.
Exit code: 0 all is submitted, 2 usage or a list with mistakes, 4 the queue is out of reach.)";

}  // namespace

DefinedCommand define_submit(CLI::App& app) {
  const auto options = std::make_shared<SubmitOptions>();
  CLI::App& submit = *app.add_subcommand("submit", "Sends the jobs of a list to the queue");
  submit.add_option("JOBS", options->jobs, "The list: .csv, .jsonl, or - (either)")->required();
  submit
      .add_option("--ledger", options->ledger,
                  "What is submitted already (default: JOBS.submitted)")
      ->type_name("FILE");
  submit.add_flag("--again", options->again,
                  "Send all jobs, also those that are submitted already");
  add_duration(submit, "--give-up-after", options->give_up_after,
               "How long a broker may be out of reach (default 5m; 30s before the first answer)");
  add_queue(submit, options->place);
  submit.footer(kHelp);
  return {&submit, false, {}, [options](const auto&) -> CommandLine { return *options; }};
}

}  // namespace holdfast
