#include "app/command_line/definitions.h"

namespace holdfast {

namespace {

constexpr const char* kHelp = R"(Examples:
  holdfast setup --env-file worker.env
  AMQP_URL=amqps://user:password@host/vhost holdfast setup --job-queue my-job-queue

Twice is harmless. Queues that exist are never changed.
Exit code: 0 all is as wanted, 2 usage, 3 something differs, 4 the broker is out of reach.)";

}  // namespace

DefinedCommand define_setup(CLI::App& app) {
  const auto options = std::make_shared<SetupOptions>();
  CLI::App& setup = *app.add_subcommand("setup", "Makes the queues, or says what differs");
  add_queue(setup, options->place);
  setup.footer(kHelp);
  return {&setup, false, {}, [options](const auto&) -> CommandLine { return *options; }};
}

}  // namespace holdfast
