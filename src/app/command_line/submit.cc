#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

Command define_submit() {
  const auto options = std::make_shared<SubmitOptions>();
  Command submit{
      .name = "submit",
      .section = Section::start,
      .summary = "Send the jobs of a list to the queue",
      .description =
          "The whole list is checked before anything is sent. In CSV, a cell that looks like a "
          "JSON number is a number, anything else is text.\n"
          "The ledger keeps what the queue has confirmed. Safe to interrupt: run the "
          "same command again to submit only what is missing.\n"
          "The jobs belong to a group, which other commands accept. It is kept in the store, so "
          "submit needs the store's settings.",
      .examples = {"holdfast submit --env-file worker.env jobs.csv",
                   "holdfast submit --env-file worker.env --sweep lr=1e-3,1e-4 --sweep seed=0..19",
                   "holdfast submit --env-file worker.env jobs.csv \\",
                   "    --input system=inputs/{job_id}.tpr",
                   "generate-jobs | holdfast submit --env-file worker.env - \\",
                   "    --ledger july.submitted --group july"},
      .exit_codes = {{"0", "all jobs are submitted"},
                     {"2", "usage, or the list has mistakes; nothing was sent"},
                     {"4", "the queue is out of reach"},
                     {"128+N", "signal N stopped it"}}};
  submit.options = together(
      jobs_given(options->jobs),
      Options{input_option(options->inputs,
                           "a path on this machine, whose file is uploaded "
                           "to the store once, however many jobs name it"),
              {.name = "--upload",
               .value = flag(options->upload),
               .help = "Also upload files that inputs name as file:"},
              {.name = "--update",
               .value = flag(options->update),
               .help = "Apply changed rows of the list to jobs that have not begun"},
              {.name = "--cancel-removed",
               .value = flag(options->cancel_removed),
               .help = "Cancel jobs that are no longer in the list"},
              {.name = "--ledger",
               .value = text(options->ledger, "FILE", Completes::file),
               .help = "Where to record what is submitted",
               .usual = "JOBS.submitted"},
              {.name = "--again",
               .value = flag(options->again),
               .help = "Send jobs again that the ledger has as submitted"},
              {.name = "--max-dead",
               .value = number<std::optional<std::uint64_t>, std::uint64_t>(options->max_dead, 1,
                                                                            1'000'000),
               .help = "Stop the group when this many of its jobs are dead",
               .more = "Running jobs continue, the others are held until holdfast resume --group."},
              notify_option(options->notify,
                            "Workers send to URLs. A command runs here, and submit keeps running "
                            "until the group has finished."),
              {.name = "--give-up-after",
               .value = duration(options->give_up_after),
               .help = "How long to wait for a broker that is out of reach",
               .usual = "30s, then 5m"}},
      queue_options(options->place), store_options(options->place),
      json_option(options->json, "Print one JSON object at the end"));
  submit.result = [options](const Words&) -> CommandLine {
    require_jobs(options->jobs);
    return *options;
  };
  return submit;
}

}  // namespace holdfast
