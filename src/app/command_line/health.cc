#include "app/command_line/definitions.h"

namespace holdfast {

namespace {

constexpr const char* kHelp = R"(Asks a worker that was started with --listen. Examples:
  holdfast health 9300
  HOLDFAST_LISTEN=9300 holdfast health      (as a liveness probe, beside holdfast work)

A worker is well while it computes, however long, and while it waits for its broker or store. It is
not if one of its threads is stuck.
Exit code: 0 well, 1 stuck or no answer, 2 usage.)";

}  // namespace

DefinedCommand define_health(CLI::App& app) {
  const auto options = std::make_shared<HealthOptions>();
  CLI::App& health = *app.add_subcommand("health", "Whether a worker is well, for probes");
  health.add_option("ADDRESS", options->address,
                    "Where the worker listens, as PORT or ADDRESS:PORT; else HOLDFAST_LISTEN");
  add_env_file(health, options->place);
  health.footer(kHelp);
  return {&health, false, {}, [options](const auto&) -> CommandLine { return *options; }};
}

}  // namespace holdfast
