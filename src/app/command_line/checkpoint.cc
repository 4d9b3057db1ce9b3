#include "app/command_line/definitions.h"

namespace holdfast {

namespace {

constexpr const char* kHelp = R"(Example, in a shell script that holdfast runs:
  tar cf "$HOLDFAST_CHECKPOINT_DIR/all.tar" data && holdfast checkpoint

Returns when the files are copied; they are uploaded while the script goes on.
Exit code: 0 taken (or no worker is there: the script runs by itself), 2 usage, 4 not taken.)";

}  // namespace

DefinedCommand define_checkpoint(CLI::App& app) {
  CLI::App& checkpoint = *app.add_subcommand("checkpoint", "Inside a job: take a checkpoint now");
  checkpoint.footer(kHelp);
  return {&checkpoint, false, {}, [](const auto&) -> CommandLine { return CheckpointOptions{}; }};
}

}  // namespace holdfast
