#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

Command define_why() {
  const auto options = std::make_shared<WhyOptions>();
  Command why{.name = "why",
              .section = Section::see,
              .summary = "Explain what a job is doing or waiting for, and what to do",
              .description =
                  "One paragraph, from the job's log in the store and from the queue: whether it "
                  "waits and how many jobs are before it, when it is retried and why, where it "
                  "runs and what it printed last, or why it is dead and how to fix that.",
              .examples = {"holdfast why --env-file worker.env job-17",
                           "holdfast why --state jobs.csv.holdfast job-17 --json"},
              .exit_codes = {{"0", "done"},
                             {"1", "job not found"},
                             {"2", "usage"},
                             {"4", "the store is out of reach"}}};
  why.options = together(Options{{.name = "JOB",
                                  .value = text(options->job, "JOB", Completes::job),
                                  .help = "The job's id",
                                  .required = true}},
                         state_option(options->state), queue_options(options->place),
                         management_option(options->place), store_options(options->place),
                         json_option(options->json));
  why.result = [options](const Words&) -> CommandLine { return *options; };
  return why;
}

}  // namespace holdfast
