#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

Command define_cancel() {
  const auto options = std::make_shared<CancelOptions>();
  Command cancel{
      .name = "cancel",
      .section = Section::mend,
      .summary = "End jobs for good, whether they wait, run or are not submitted yet",
      .description =
          "The cancellation is written to the job's log at once. The worker of a running job reads "
          "the log every 15 seconds and stops the program with SIGTERM, then SIGKILL. A cancelled "
          "job does not run again, even if it is submitted again.",
      .examples = {"holdfast cancel --env-file worker.env job-17 job-18",
                   "holdfast cancel --state jobs.csv.holdfast job-17 --wait 1m"},
      .exit_codes = {{"0", "all are cancelled"},
                     {"1", "some had ended, are damaged or did not stop in time"},
                     {"2", "usage"},
                     {"4", "the store is out of reach; run it again"},
                     {"128+N", "signal N ended the wait; jobs already cancelled stay cancelled"}}};
  cancel.options = together(jobs_named(options->named),
                            Options{{.name = "--wait",
                                     .value = duration(options->wait),
                                     .help = "How long to wait until running programs are stopped",
                                     .usual = "45s",
                                     .more = "0s does not wait."}},
                            state_option(options->state), queue_options(options->place),
                            store_options(options->place),
                            json_option(options->json, "Print one JSON object a line"));
  cancel.result = [options](const Words&) -> CommandLine { return *options; };
  return cancel;
}

}  // namespace holdfast
