#include "app/command_line/definitions.h"

namespace holdfast {

namespace {

constexpr const char* kHelp = R"(Examples:
  holdfast status --env-file worker.env
  holdfast status --env-file worker.env job-17 --json
  holdfast status --state jobs.csv.holdfast --watch

Exit code: 0, 2 usage, 4 broker or store are out of reach.)";

}  // namespace

DefinedCommand define_status(CLI::App& app) {
  const auto options = std::make_shared<StatusOptions>();
  CLI::App& status = *app.add_subcommand("status", "Counts of all jobs, or one job");
  status.add_option("JOB", options->job, "A job's id");
  status.add_flag("--json", options->json, "For programs");
  status.add_flag("--watch", options->watch, "Look again every two seconds");
  status.add_flag("--queue-only", options->queue_only,
                  "Ask the queue only: quick however many jobs there are");
  add_state(status, options->state);
  add_queue(status, options->place);
  add_store(status, options->place);
  add_management(status, options->place);
  status.footer(kHelp);
  return {&status, false, {}, [options](const auto&) -> CommandLine { return *options; }};
}

}  // namespace holdfast
