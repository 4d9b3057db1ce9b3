#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

namespace {

Option wish(DeployOptions& options, const std::string& name, std::string placeholder,
            std::string help, std::string more = {}) {
  return {.name = "--" + name,
          .value = {std::move(placeholder),
                    [&options, name](const std::string& typed) -> std::string {
                      options.wishes[name] = typed;
                      return {};
                    }},
          .help = std::move(help),
          .group = Group::container_group,
          .more = std::move(more)};
}

Options wishes(DeployOptions& options) {
  Option environment = wish(options, "environment", "FILE", "A file of variables for the workers");
  environment.value.completes = Completes::file;
  return {wish(options, "image", "IMAGE", "The container image"),
          wish(options, "command", "COMMAND", "What runs in it"),
          wish(options, "cpu", "N", "Number of processors"),
          wish(options, "memory", "SIZE", "Memory, such as 4GiB", "A number alone is MiB."),
          wish(options, "shm", "SIZE", "Shared memory, such as 64MiB", "A number alone is MiB."),
          wish(options, "storage", "SIZE", "Disk, such as 50GiB", "A number alone is GiB."),
          wish(options, "gpu", "CLASSES", "GPU classes by name or id, with commas; or none"),
          wish(options, "priority", "LEVEL", "high, medium, low or batch"),
          wish(options, "replicas", "N", "Number of machines",
               "A smaller number may kill machines that run a job."),
          wish(options, "countries", "CODES", "Country codes with commas, or any"),
          wish(options, "restart", "POLICY", "always, on_failure or never"),
          wish(options, "liveness", "PROBE", "A command, http:PORT/PATH, or none"),
          environment};
}

}  // namespace

Command define_deploy() {
  const auto options = std::make_shared<DeployOptions>();
  Command deploy{
      .name = "deploy",
      .section = Section::fleet,
      .summary = "Make or change the container group at SaladCloud",
      .description =
          "Shows the difference and asks before it changes anything. Settings that you leave out "
          "stay as they are. Any change except the number of replicas restarts every replica at "
          "once.\n"
          "salad.env has org, project, container_group_name and salad_api_key. fleet.conf has one "
          "name = value a line, as below.",
      .examples = {"holdfast deploy --env-file salad.env fleet.conf --dry-run",
                   "holdfast deploy --env-file salad.env --image docker.io/acme/worker:2 --yes", "",
                   "# fleet.conf", "image       = docker.io/acme/worker:1",
                   "command     = holdfast work -- ./simulate --steps {steps}", "cpu         = 2",
                   "memory      = 4GiB", "storage     = 50GiB",
                   "gpu         = RTX 3060 (12 GB), RTX 4090 (24 GB)", "priority    = batch",
                   "replicas    = 0", "countries   = us, ca", "restart     = always",
                   "liveness    = holdfast health 9300", "environment = worker.env"},
      .exit_codes = {{"0", "done"},
                     {"2", "usage, or not confirmed"},
                     {"3", "the cloud did not accept all of it"},
                     {"4", "the cloud is out of reach or refuses"}}};
  deploy.options =
      together(Options{{.name = "FILE",
                        .value = text(options->file, "FILE", Completes::file),
                        .help = "What the group is to be"},
                       {.name = "--yes", .value = flag(options->yes), .help = "Do not ask"},
                       {.name = "--dry-run",
                        .value = flag(options->dry_run),
                        .help = "Only show the difference"}},
               wishes(*options), env_file(options->place), ca_file(options->place),
               salad_options(options->place),
               json_option(options->json, "Print one JSON object at the end"));
  deploy.result = [options](const Words&) -> CommandLine { return *options; };
  return deploy;
}

}  // namespace holdfast
