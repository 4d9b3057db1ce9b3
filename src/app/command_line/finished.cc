#include "app/command_line/commands.h"

namespace holdfast {

Command define_finished() {
  return {
      .name = "finished",
      .section = Section::inside_a_job,
      .summary = "In a job's script: say that the work is done",
      .description =
          "A worker that has to stop ends its program with SIGTERM, and most programs then exit "
          "with 0. So after SIGTERM, exit code 0 does not mean that the work is done: the job "
          "resumes elsewhere, from its last checkpoint. A script that handles SIGTERM and has "
          "finished its work says so with this command before it exits.",
      .examples = {"cp result.txt \"$HOLDFAST_OUTPUT_DIR/\" && holdfast finished"},
      .exit_codes = {{"0", "reported, or no worker runs this script"},
                     {"2", "usage"},
                     {"4", "the worker did not receive it"}},
      .result = [](const Words&) -> CommandLine { return FinishedOptions{}; }};
}

}  // namespace holdfast
