#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"
#include "app/usage_error.h"

namespace holdfast {

Command define_resume() {
  const auto options = std::make_shared<ResumeOptions>();
  Command resume{
      .name = "resume",
      .section = Section::mend,
      .summary = "Resume a group that stopped because too many of its jobs died",
      .description =
          "A group that was submitted with --max-dead N stops when N of its jobs are dead: running "
          "jobs continue, and the others are held. This returns them to the queue and counts from "
          "zero again. Dead jobs stay dead; use holdfast dead requeue or rerun for them. Safe "
          "to interrupt: run the same command again.",
      .examples = {"holdfast status --env-file worker.env --group night-17",
                   "holdfast resume --env-file worker.env --group night-17"},
      .exit_codes = {{"0", "the group is resumed, or had not stopped"},
                     {"2", "usage error, or the group does not exist"},
                     {"4", "broker or store are out of reach; run it again"},
                     {"128+N", "signal N ended it; run it again"}}};
  resume.options = together(Options{{.name = "--group",
                                     .value = text(options->group, "NAME", Completes::group),
                                     .help = "The group"}},
                            queue_options(options->place), store_options(options->place),
                            json_option(options->json, "Print one JSON object"));
  resume.result = [options](const Words&) -> CommandLine {
    if (options->group.empty()) throw UsageError("name the group: --group NAME");
    return *options;
  };
  return resume;
}

}  // namespace holdfast
