#include "app/command_line/definitions.h"
#include "app/command_line/fleet_options.h"

namespace holdfast {

namespace {

constexpr const char* kHelp = R"(Examples:
  holdfast fleet --env-file salad.env
  holdfast fleet --env-file salad.env --no-jobs --json

Which job runs where is in the store's logs, one request or two per job; --no-jobs leaves it out.
Exit code: 0, 2 usage, 4 cloud or store are out of reach or refuse.)";

}  // namespace

DefinedCommand define_fleet(CLI::App& app) {
  const auto options = std::make_shared<FleetOptions>();
  CLI::App& command =
      *app.add_subcommand("fleet", "The group of machines, each with its job and deletion cost");
  command.add_flag("--json", options->json, "For programs");
  command.add_flag_function(
      "--no-jobs", [options](std::int64_t) { options->with_jobs = false; },
      "Do not look into the store");
  add_env_file(command, options->place);
  add_fleet(command, options->place);
  add_store(command, options->place);
  command.footer(kHelp);
  return {&command, false, {}, [options](const auto&) -> CommandLine { return *options; }};
}

}  // namespace holdfast
