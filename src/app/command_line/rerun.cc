#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

Command define_rerun() {
  const auto options = std::make_shared<RerunOptions>();
  Command rerun{
      .name = "rerun",
      .section = Section::mend,
      .summary = "Run jobs again that are completed, dead or cancelled",
      .description =
          "Each job starts from the beginning with clean counts, as if it were new. Its result "
          "stays until the new one is complete and replaces it as a whole. A job that waits or "
          "runs is not changed. Safe to interrupt: run the same command again.",
      .examples = {"holdfast rerun --env-file worker.env job-17",
                   "holdfast rerun --env-file worker.env --group night-17",
                   "holdfast rerun --state jobs.csv.holdfast job-17"},
      .exit_codes = {{"0", "all are back in the queue"},
                     {"1", "some were not changed; each is named"},
                     {"2", "usage"},
                     {"4", "broker or store are out of reach; run it again"},
                     {"128+N", "signal N ended it; run it again"}}};
  rerun.options = together(
      jobs_named(options->named),
      Options{
          {.name = "--from-checkpoint",
           .value = flag(options->from_checkpoint),
           .help = "Start from the newest kept checkpoint, not from the beginning",
           .more =
               "Checkpoints of a completed job are kept only by workers with --keep-completed."}},
      state_option(options->state), queue_options(options->place), store_options(options->place),
      json_option(options->json, "Print one JSON object a line"));
  rerun.result = [options](const Words&) -> CommandLine { return *options; };
  return rerun;
}

}  // namespace holdfast
