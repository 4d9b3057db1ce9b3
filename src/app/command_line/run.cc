#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

namespace {

constexpr std::size_t kSlotsMax = 256;

}  // namespace

Command define_run() {
  const auto options = std::make_shared<RunOptions>();
  Command run{.name = "run",
              .section = Section::start,
              .summary = "Run a list of jobs on this machine",
              .description =
                  "Results are in STATE/store/JOB/, what a program printed is in "
                  "STATE/logs/JOB.log. Safe to interrupt: run the same command again to resume "
                  "from the latest checkpoints.",
              .examples = {"holdfast run jobs.csv -- ./simulate --steps {steps}",
                           "holdfast run jobs.csv --slots 4 -- python3 train.py {job_id}",
                           "holdfast run --sweep lr=1e-3,1e-4 --sweep seed=0..9 --slots 4 \\",
                           "    -- python3 train.py --lr {lr} --seed {seed}",
                           "generate-jobs | holdfast run - --state work.holdfast -- ./sim {steps}"},
              .exit_codes = {{"0", "all jobs are completed"},
                             {"1", "some jobs are dead"},
                             {"2", "the command line or the list has a mistake; nothing was done"},
                             {"4", "the disk is full or cannot be used"},
                             {"128+N", "signal N stopped it, and jobs are left"}}};
  run.options = together(
      jobs_given(options->jobs),
      Options{
          input_option(options->inputs, "a path on this machine"),
          {.name = "--slots",
           .value = number(options->slots, std::size_t{1}, kSlotsMax),
           .help = "Number of jobs that run at the same time",
           .usual = "1"},
          {.name = "--state",
           .value = text(options->state, "DIR", Completes::folder),
           .help = "Where to keep queue, checkpoints and results",
           .usual = "JOBS.holdfast",
           .more = "Of a sweep: sweep-NAMES.holdfast, or GROUP.holdfast, in this "
                   "folder."},
          {.name = "--to",
           .value = text(options->to, "DIR", Completes::folder),
           .help = "At the end, copy the verified results to DIR/JOB/",
           .more = "Files that are already there are not fetched again, as with holdfast fetch."},
          notify_option(options->notify, "The next run sends what a killed run could not send."),
          {.name = "--update",
           .value = flag(options->update),
           .help = "Apply changed rows of the list to jobs that have not begun"},
          {.name = "--cancel-removed",
           .value = flag(options->cancel_removed),
           .help = "Cancel jobs that are no longer in the list"}},
      task_options(options->task), log_level_option(options->log_level, "error"),
      json_option(options->json, "Print one JSON object at the end"));
  run.takes_program = true;
  run.result = [options](const Words& program) -> CommandLine {
    require_jobs(options->jobs);
    options->task.command = program;
    return *options;
  };
  return run;
}

}  // namespace holdfast
