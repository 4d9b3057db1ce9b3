#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

Command define_doctor() {
  const auto options = std::make_shared<DoctorOptions>();
  Command doctor{
      .name = "doctor",
      .section = Section::mend,
      .summary = "Check broker, store and machine, and say how to fix problems",
      .description =
          "Each line begins with ok, note, warn or bad; the line below it says what to do. It "
          "tests with objects and queues of its own, removes them, and changes nothing else.",
      .examples = {"holdfast doctor --env-file worker.env",
                   "holdfast doctor store --store s3://bucket/prefix --json",
                   "holdfast doctor machine --work-dir /scratch"},
      .exit_codes = {{"0", "nothing is bad; there may be warnings"},
                     {"2", "usage"},
                     {"3", "something is bad"}}};
  doctor.options =
      together(Options{{.name = "PART",
                        .value = choices(options->parts, "PART", {"broker", "store", "machine"}),
                        .help = "broker, store or machine",
                        .usual = "all of them"},
                       {.name = "--work-dir",
                        .value = text(options->work_dir, "DIR", Completes::folder),
                        .help = "The folder that a worker here would use",
                        .usual = "below /var/tmp/holdfast"}},
               queue_options(options->place), management_option(options->place),
               store_options(options->place), unfenced_option(options->place),
               json_option(options->json, "Print one JSON object, for programs"));
  doctor.result = [options](const Words&) -> CommandLine { return *options; };
  return doctor;
}

}  // namespace holdfast
