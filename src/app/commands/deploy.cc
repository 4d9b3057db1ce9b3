// holdfast deploy: makes or changes the container group, after showing what that does.
#include <nlohmann/json.hpp>

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

using Json = nlohmann::ordered_json;

// What --json tells in the end.
struct Answer {
  std::string group;
  std::string outcome = {};
  std::vector<DeploymentDifference> differences = {};
  std::optional<std::uint32_t> restarting = {};  // Machines that a change restarts at once.
  std::vector<std::string> not_taken = {};
};

void print_json(const Answer& answer) {
  Json differences = Json::array();
  for (const DeploymentDifference& one : answer.differences) {
    differences.push_back(
        {{"text", one.line}, {"restarts", one.restarts}, {"possible", one.possible}});
  }
  const Json json = {{"group", answer.group},
                     {"outcome", answer.outcome},
                     {"differences", std::move(differences)},
                     {"restarting", answer.restarting ? Json(*answer.restarting) : Json(nullptr)},
                     {"not_taken", answer.not_taken}};
  print(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

// Shows what is to be done, asks a person, who takes the time that it takes, and does it: deadlines
// are set behind that.
class Deploying {
 public:
  Deploying(const DeployOptions& options, const SaladPlace& place, SaladDeployments& cloud,
            Clock& clock)
      : options_(options), place_(place), cloud_(cloud), clock_(clock), answer_{shown(place)} {}

  int make(const Deployment& wanted) {
    std::string lacks;
    for (const std::string& one : missing_of(wanted)) lacks += (lacks.empty() ? "" : ", ") + one;
    if (!lacks.empty()) {
      throw UsageError("there is no group " + answer_.group +
                       " yet, and to make it something is not said: " + lacks);
    }
    answer_.differences = differences({}, wanted);
    tell(answer_.group + " is not there and is made:\n");
    for (auto& difference : answer_.differences) {
      difference.line = without_before(difference.line);
      difference.restarts = false;  // Nothing runs yet.
      tell("  " + difference.line + "\n");
    }
    if (options_.dry_run) return end("would_make", kExitDone);
    if (!wanted_by_person(options_)) return end("not_confirmed", kExitUsage);
    cloud_.create(wanted, clock_.now() + kWait);
    tell("made; holdfast autoscale gives it its size\n");
    return end("made", kExitDone);
  }

  int change(const Deployment& current, const Deployment& wanted) {
    answer_.differences = differences(current, wanted);
    if (answer_.differences.empty()) {
      tell(answer_.group + " is there and as wanted\n");
      return end("as_wanted", kExitDone);
    }
    if (show()) {
      answer_.restarting = running_in(place_, clock_, clock_.now() + kWait);
      tell("This restarts every machine of the group at once: " +
           std::to_string(*answer_.restarting) +
           " run now. Their jobs go on from their last checkpoints.\n");
    }
    if (options_.dry_run) return end("would_change", kExitDone);
    if (!wanted_by_person(options_)) return end("not_confirmed", kExitUsage);
    cloud_.update(changed_part(current, wanted), clock_.now() + kWait);
    const auto after = cloud_.current(clock_.now() + kWait);
    for (const auto& left : differences(after.value_or(Deployment{}), wanted)) {
      answer_.not_taken.push_back(left.line);
      tell("the cloud did not take: " + left.line + "\n");
    }
    if (!answer_.not_taken.empty()) return end("not_taken", kExitDifferent);
    tell("changed\n");
    return end("changed", kExitDone);
  }

 private:
  // With --json only the answer is on standard output.
  void tell(const std::string& text) {
    if (options_.json) return say(text);
    print(text);
  }

  int end(const std::string& outcome, int code) {
    answer_.outcome = outcome;
    if (options_.json) print_json(answer_);
    return code;
  }

  // True if every machine restarts.
  bool show() {
    tell(answer_.group + " is there and differs:\n");
    bool restarts = false;
    std::string impossible;
    for (const auto& difference : answer_.differences) {
      tell("  " + difference.line + (difference.possible ? "" : "  (cannot be changed)") + "\n");
      restarts = restarts || difference.restarts;
      if (!difference.possible) impossible = difference.line;
    }
    if (!impossible.empty()) {
      end("impossible", kExitUsage);
      throw UsageError("nothing was done: the cloud takes '" + impossible +
                       "' only when a group is made; take it out, or deploy under another name");
    }
    return restarts;
  }

  const DeployOptions& options_;
  const SaladPlace& place_;
  SaladDeployments& cloud_;
  Clock& clock_;
  Answer answer_;
};

}  // namespace

int deploy(const DeployOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  SignalWatch::let_through();
  const SaladPlace place = salad_place(settings_of(options.place));
  SaladDeployments cloud(place, context.clock);
  Deployment wanted = wanted_of(options, cloud, context.clock.now() + kWait);
  const auto current = cloud.current(context.clock.now() + kWait);
  Deploying deploying(options, place, cloud, context.clock);
  if (!current) return deploying.make(wanted);
  // The size in a file is what a new group begins with; later it is the autoscaler's, and a smaller
  // one would kill what is busy.
  if (!options.wishes.contains("replicas")) wanted.size.reset();
  return deploying.change(*current, wanted);
}

}  // namespace holdfast
