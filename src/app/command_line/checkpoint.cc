#include "app/command_line/commands.h"

namespace holdfast {

Command define_checkpoint() {
  return {.name = "checkpoint",
          .section = Section::inside_a_job,
          .summary = "In a job's script: take a checkpoint of my files now",
          .description =
              "Returns when the files are copied; they are uploaded while the script continues. "
              "holdfast checkpoints list JOB shows the stored checkpoints of a job.",
          .examples = {"tar cf \"$HOLDFAST_CHECKPOINT_DIR/all.tar\" data && holdfast checkpoint"},
          .exit_codes = {{"0", "taken, or no worker runs this script"},
                         {"2", "usage"},
                         {"4", "not taken"}},
          .result = [](const Words&) -> CommandLine { return CheckpointOptions{}; }};
}

}  // namespace holdfast
