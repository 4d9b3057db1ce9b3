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
          "The whole list is checked before anything is sent. In CSV a cell that is "
          "spelled like a JSON number is a number, anything else is text.\n"
          "The ledger keeps what the queue has confirmed. Safe to interrupt: run the "
          "same command again to submit only what is missing.\n"
          "The jobs belong to a group, by which other commands know them; it is kept in "
          "the store, whose settings submit needs for that.",
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
  submit.options = together(jobs_given(options->jobs),
                            Options{input_option(options->inputs,
                                                 "a path on this machine, whose file is uploaded "
                                                 "to the store once, however many jobs name it"),
                                    {.name = "--upload",
                                     .value = flag(options->upload),
                                     .help = "Upload what inputs name as file:, too"},
                                    {.name = "--update",
                                     .value = flag(options->update),
                                     .help = "Use the changed lines of the list for jobs that have "
                                             "not begun"},
                                    {.name = "--cancel-removed",
                                     .value = flag(options->cancel_removed),
                                     .help = "Cancel jobs that the list does not name any more"},
                                    {.name = "--ledger",
                                     .value = text(options->ledger, "FILE", Completes::file),
                                     .help = "Where to keep what is submitted",
                                     .usual = "JOBS.submitted"},
                                    {.name = "--again",
                                     .value = flag(options->again),
                                     .help = "Send jobs again that the ledger has as submitted"},
                                    {.name = "--max-dead",
                                     .value = number<std::optional<std::uint64_t>, std::uint64_t>(
                                         options->max_dead, 1, 1'000'000),
                                     .help = "Stop the group when so many of its jobs are dead",
                                     .more = "What runs goes on, the others are held until "
                                             "holdfast resume --group lets them go on."},
                                    notify_option(options->notify,
                                                  "Workers send to URLs; a command runs here, and "
                                                  "submit stays for that until the group has "
                                                  "finished."),
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
