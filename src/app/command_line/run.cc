#include "app/command_line/definitions.h"

namespace holdfast {

namespace {

constexpr std::size_t kSlotsMax = 256;
constexpr const char* kHelp = R"(Examples:
  holdfast run jobs.csv -- ./simulate --steps {steps}
  holdfast run jobs.csv --slots 4 --checkpoint-every 30s -- python3 /srv/train.py {job_id}
  generate-jobs | holdfast run - --state work.holdfast -- ./simulate {steps}

Results are in STATE/store/JOB/, what the program printed in STATE/logs/JOB.log.
Exit code: 0 all jobs are completed, 1 some are dead, 2 usage, 4 trouble with the disk.)";

}  // namespace

DefinedCommand define_run(CLI::App& app) {
  const auto options = std::make_shared<RunOptions>();
  CLI::App& run = *app.add_subcommand("run", "Works a list of jobs off on this machine");
  run.add_option("JOBS", options->jobs, "The list: .csv, .jsonl, or - (either)")->required();
  run.add_option("--slots", options->slots, "How many jobs run at the same time (default 1)")
      ->check(between(std::size_t{1}, kSlotsMax))
      ->type_name("N");
  run.add_option("--state", options->state,
                 "Where queue, checkpoints and results are kept (default: JOBS.holdfast)")
      ->type_name("DIR");
  add_task(run, options->task);
  add_log_level(run, options->log_level);
  run.footer(kHelp);
  return {&run, true, " JOBS", [options](const std::vector<std::string>& program) -> CommandLine {
            options->task.command = program;
            return *options;
          }};
}

}  // namespace holdfast
