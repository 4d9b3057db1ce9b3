#include "app/command_line/definitions.h"

namespace holdfast {

namespace {

constexpr const char* kHelp = R"(Ends jobs for good: those that wait, run, are being restored, are
parked, or that no worker has seen yet. It is written to the job's log at once; a running program
is stopped by its worker, which looks there every 15 seconds, with SIGTERM and then SIGKILL. A
cancelled job never runs again, also if it is submitted again.

Examples:
  holdfast cancel --env-file worker.env job-17 job-18
  holdfast cancel --state jobs.csv.holdfast job-17 --wait 1m

Exit code: 0 all are cancelled, 1 some had ended already, are damaged or were not seen to stop in
time, 2 usage, 4 the store is out of reach (run it again), 128 + n signal n ended the wait: what it
says is cancelled stays so.)";

}  // namespace

DefinedCommand define_cancel(CLI::App& app) {
  const auto options = std::make_shared<CancelOptions>();
  CLI::App& cancel = *app.add_subcommand("cancel", "Ends jobs for good");
  cancel.add_option("JOB", options->jobs, "Jobs' ids")->required();
  add_duration(cancel, "--wait", options->wait,
               "How long to wait for running programs to be stopped (default 45s; 0s: not at all)");
  cancel.add_flag("--json", options->json, "For programs: one object a line");
  add_state(cancel, options->state);
  add_env_file(cancel, options->place);
  add_store(cancel, options->place);
  cancel.footer(kHelp);
  return {&cancel, false, {}, [options](const auto&) -> CommandLine { return *options; }};
}

}  // namespace holdfast
