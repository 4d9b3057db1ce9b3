#include "app/command_line/definitions.h"
#include "app/command_line/fleet_options.h"

namespace holdfast {

namespace {

constexpr const char* kHelp = R"(Examples:
  holdfast deploy --env-file salad.env fleet.conf --dry-run
  holdfast deploy --env-file salad.env fleet.conf --image docker.io/acme/worker:2 --yes

salad.env has org, project, container_group_name and salad_api_key. fleet.conf says what the group
is to be, one name = value a line:
  image       = docker.io/acme/worker:1
  command     = holdfast work -- ./simulate --steps {steps}
  cpu         = 2
  memory      = 4096                                  MB
  storage     = 50                                    GB; shm in MB
  gpu         = RTX 3060 (12 GB), RTX 4090 (24 GB)    names or ids; none
  priority    = batch                                 high, medium, low or batch
  replicas    = 0                                     of a new group; later it is the autoscaler's
  countries   = us, ca                                or any
  restart     = always                                of a new group: always, on_failure or never
  liveness    = holdfast health 9300                  a command, http:PORT/PATH, or none
  environment = worker.env                            each value 1 to 1000 characters
What is not said is left as it is. All but the number of replicas restarts every replica at once.
Exit code: 0, 2 usage or not confirmed, 3 the cloud did not take all of it, 4 it is out of reach or
refuses.)";

}  // namespace

DefinedCommand define_deploy(CLI::App& app) {
  const auto options = std::make_shared<DeployOptions>();
  CLI::App& command =
      *app.add_subcommand("deploy", "Makes or changes the container group at SaladCloud");
  command.add_option("FILE", options->file, "What the group is to be");
  const std::pair<const char*, const char*> wishes[] = {
      {"image", "The container image"},
      {"command", "What runs in it"},
      {"cpu", "Processors"},
      {"memory", "MB"},
      {"shm", "MB of shared memory"},
      {"storage", "GB of disk"},
      {"gpu", "GPU classes by name or id, or none"},
      {"priority", "high, medium, low or batch"},
      {"replicas", "How many; a smaller number may kill what is busy"},
      {"countries", "Codes, or any"},
      {"restart", "always, on_failure or never"},
      {"liveness", "A command, http:PORT/PATH, or none"},
      {"environment", "A file of variables for the workers"}};
  for (const auto& [name, what] : wishes) {
    command
        .add_option_function<std::string>(
            "--" + std::string(name),
            [options, key = std::string(name)](const std::string& value) {
              options->wishes[key] = value;
            },
            what)
        ->group("Instead of the file's");
  }
  command.add_flag("--yes", options->yes, "Do not ask");
  command.add_flag("--dry-run", options->dry_run, "Show the difference only");
  add_env_file(command, options->place);
  add_salad(command, options->place);
  command.footer(kHelp);
  return {&command, false, {}, [options](const auto&) -> CommandLine { return *options; }};
}

}  // namespace holdfast
