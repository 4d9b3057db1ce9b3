// holdfast deploy: makes or changes the container group, after showing what that does.
#include "adapters/salad/salad_deployments.h"
#include "adapters/salad/salad_fleet.h"
#include "app/commands/commands.h"
#include "app/commands/deploy_file.h"
#include "app/commands/places.h"
#include "app/exit_codes.h"
#include "app/fleet_config.h"
#include "app/person.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "base/log.h"

namespace holdfast {

namespace {

constexpr Duration kWait = std::chrono::minutes(2);

Deployment wanted_of(const DeployOptions& options, SaladDeployments& cloud, TimePoint deadline) {
  Wishes wishes;
  std::filesystem::path folder;
  if (!options.file.empty()) {
    wishes = read_deploy_file(options.file);
    folder = std::filesystem::path(options.file).parent_path();
  }
  // A file that is given as an option is meant as seen from here.
  const auto environment = options.wishes.find("environment");
  for (const auto& [name, value] : options.wishes) wishes.insert_or_assign(name, value);
  if (environment != options.wishes.end()) folder.clear();
  Deployment wanted = deployment_of(wishes, folder);
  const auto gpu = wishes.find("gpu");
  if (gpu == wishes.end() || gpu->second.empty()) return wanted;
  const bool none = gpu->second == "none";
  wanted.gpu_classes =
      none ? std::vector<std::string>{} : cloud.gpu_class_ids(listed(gpu->second), deadline);
  return wanted;
}

bool wanted_by_person(const DeployOptions& options) {
  return options.yes || confirmed("Go on? [y/N] ");
}

std::uint32_t running_in(const SaladPlace& place, Clock& clock, TimePoint deadline) {
  FleetReading fleet;
  count_instances(SaladFleet(place, clock).instances(deadline), fleet);
  return fleet.running;
}

// "cpu: none -> 2" as "cpu: 2".
std::string without_before(std::string line) {
  constexpr std::string_view kBefore = "none -> ";
  const std::size_t at = line.find(kBefore);
  if (at != std::string::npos) line.erase(at, kBefore.size());
  return line;
}

// Asks a person, who takes the time that it takes: deadlines are set behind that.
int make(const Deployment& wanted, const std::string& name, SaladDeployments& cloud,
         const DeployOptions& options, const Clock& clock) {
  std::string lacks;
  for (const std::string& one : missing_of(wanted)) lacks += (lacks.empty() ? "" : ", ") + one;
  if (!lacks.empty()) {
    throw UsageError("there is no group " + name +
                     " yet, and to make it something is not said: " + lacks);
  }
  print(name + " is not there and is made:\n");
  for (const auto& difference : differences({}, wanted))
    print("  " + without_before(difference.line) + "\n");
  if (options.dry_run) return kExitDone;
  if (!wanted_by_person(options)) return kExitUsage;
  cloud.create(wanted, clock.now() + kWait);
  print("made; holdfast autoscale gives it its size\n");
  return kExitDone;
}

// True if every machine restarts.
bool show(const std::vector<DeploymentDifference>& found, const std::string& name) {
  print(name + " is there and differs:\n");
  bool restarts = false;
  std::string impossible;
  for (const auto& difference : found) {
    print("  " + difference.line + (difference.possible ? "" : "  (cannot be changed)") + "\n");
    restarts = restarts || difference.restarts;
    if (!difference.possible) impossible = difference.line;
  }
  if (!impossible.empty()) {
    throw UsageError("nothing was done: the cloud takes '" + impossible +
                     "' only when a group is made; take it out, or deploy under another name");
  }
  return restarts;
}

int change(const Deployment& current, const Deployment& wanted, const SaladPlace& place,
           SaladDeployments& cloud, const DeployOptions& options, Clock& clock) {
  const auto found = differences(current, wanted);
  if (found.empty()) {
    print(shown(place) + " is there and as wanted\n");
    return kExitDone;
  }
  if (show(found, shown(place))) {
    const std::uint32_t running = running_in(place, clock, clock.now() + kWait);
    print("This restarts every machine of the group at once: " + std::to_string(running) +
          " run now. Their jobs go on from their last checkpoints.\n");
  }
  if (options.dry_run) return kExitDone;
  if (!wanted_by_person(options)) return kExitUsage;
  cloud.update(changed_part(current, wanted), clock.now() + kWait);
  const auto after = cloud.current(clock.now() + kWait);
  const auto left = differences(after.value_or(Deployment{}), wanted);
  for (const auto& difference : left) print("the cloud did not take: " + difference.line + "\n");
  if (!left.empty()) return kExitDifferent;
  print("changed\n");
  return kExitDone;
}

}  // namespace

int deploy(const DeployOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  SignalWatch::let_through();
  const SaladPlace place = salad_place(settings_of(options.place));
  SaladDeployments cloud(place, context.clock);
  Deployment wanted = wanted_of(options, cloud, context.clock.now() + kWait);
  const auto current = cloud.current(context.clock.now() + kWait);
  if (!current) return make(wanted, shown(place), cloud, options, context.clock);
  // The size in a file is what a new group begins with; later it is the autoscaler's, and a smaller
  // one would kill what is busy.
  if (!options.wishes.contains("replicas")) wanted.size.reset();
  return change(*current, wanted, place, cloud, options, context.clock);
}

}  // namespace holdfast
