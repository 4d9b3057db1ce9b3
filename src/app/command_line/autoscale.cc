#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"
#include "app/usage_error.h"

namespace holdfast {

namespace {

constexpr Duration kEveryMin = std::chrono::seconds(15);
constexpr std::uint32_t kCountMax = 1'000'000;

Options own_options(AutoscaleOptions& options) {
  return {{.name = "--every",
           .value = duration(options.every, kEveryMin),
           .help = "How often to decide on the size, at least 15s",
           .usual = "5m",
           .more = "The cloud accepts 240 requests a minute, and the broker's counts are some "
                   "seconds old."},
          {.name = "--once",
           .value = flag(options.once),
           .help = "Decide once and exit, for cron",
           .more = "The time between two runs is the only cooldown then."},
          {.name = "--dry-run",
           .value = flag(options.dry_run),
           .help = "Print what would be done and why, and do nothing"}};
}

Options size_options(PlaceOptions& place, ScalingPolicy& policy) {
  Option most = guides_setting(place, "--max-replicas", "N", "The largest fleet; required");
  Option fewest = guides_setting(place, "--min-replicas", "N", "The smallest fleet");
  fewest.usual = "0";
  most.group = fewest.group = Group::fleet_size;
  return {most,
          fewest,
          {.name = "--jobs-per-replica",
           .value = number(policy.jobs_per_machine, 1u, kCountMax),
           .help = "Number of jobs for each replica",
           .usual = "1",
           .group = Group::fleet_size},
          {.name = "--drain-within",
           .value = duration(policy.drain_within),
           .help = "Instead: finish all jobs within this time; needs --job-time",
           .group = Group::fleet_size},
          {.name = "--job-time",
           .value = duration(policy.job_time),
           .help = "How long a job takes, for --drain-within",
           .group = Group::fleet_size},
          {.name = "--cooldown",
           .value = duration(policy.cooldown),
           .help = "Scale in only after demand has been lower for this long",
           .usual = "10m",
           .group = Group::fleet_size},
          {.name = "--cold-start",
           .value = duration(policy.cold_start),
           .help = "Time that a new replica needs until it works",
           .usual = "20m",
           .group = Group::fleet_size,
           .more = "While there is work, the fleet does not shrink for this time after it grew."},
          {.name = "--step-up",
           .value = number(policy.step_up, 1u, kCountMax),
           .help = "Most replicas to add at once",
           .group = Group::fleet_size},
          {.name = "--step-down",
           .value = number(policy.step_down, 1u, kCountMax),
           .help = "Most replicas to remove at once",
           .group = Group::fleet_size},
          {.name = "--budget",
           .value = dollars(policy.dollars_per_hour),
           .help = "Most dollars an hour for the whole fleet; needs --price",
           .group = Group::fleet_size},
          {.name = "--price",
           .value = dollars(policy.machine_dollars_per_hour),
           .help = "Dollars an hour for a running machine",
           .group = Group::fleet_size},
          {.name = "--allow-busy",
           .value = flag(policy.busy_may_go),
           .help = "Scale in even if busy machines may be removed",
           .group = Group::fleet_size,
           .more = "Their jobs resume elsewhere from the last checkpoint."}};
}

Options place_options(PlaceOptions& place) {
  Option password = guides_setting(place, "--rabbitmq-password", "TEXT",
                                   "Its password at the management interface");
  password.more =
      "Keep it as rabbitmq_password in --env-file: other users of the machine can read "
      "command lines.";
  return together(queue_options(place), management_option(place),
                  Options{guides_setting(place, "--rabbitmq-url", "URL",
                                         "The management interface, as the guide names it"),
                          guides_setting(place, "--rabbitmq-username", "NAME",
                                         "The user at the management interface"),
                          password, guides_setting(place, "--vhost", "NAME", "The virtual host"),
                          guides_setting(place, "--queue-name", "NAME",
                                         "The job queue, as the guide names it")},
                  fleet_options(place));
}

void check_together(const ScalingPolicy& policy) {
  if (policy.drain_within.has_value() != policy.job_time.has_value()) {
    throw UsageError("autoscale: --drain-within and --job-time must be given together");
  }
  if (policy.dollars_per_hour.has_value() != policy.machine_dollars_per_hour.has_value()) {
    throw UsageError("autoscale: --budget and --price must be given together");
  }
}

}  // namespace

Command define_autoscale() {
  const auto options = std::make_shared<AutoscaleOptions>();
  Command autoscale{
      .name = "autoscale",
      .section = Section::fleet,
      .summary = "Scale the fleet with the work, down to zero",
      .description =
          "The wanted size is one replica for each job that waits, runs or waits for a retry. The "
          "fleet grows at once. It shrinks only if fewer replicas were enough for the whole "
          "--cooldown, if enough are idle, and if every busy one has a deletion cost. It stops "
          "only if several readings in a row find no job. If a reading fails, nothing changes.\n"
          "autoscale.env has the guide's names, in lower or upper case: max_replicas, "
          "min_replicas, org, project, container_group_name, salad_api_key, rabbitmq_url, "
          "rabbitmq_username, rabbitmq_password, vhost, queue_name; or AMQP_URL and JOB_QUEUE as "
          "in worker.env.",
      .examples = {"holdfast autoscale --env-file autoscale.env --dry-run",
                   "holdfast autoscale --env-file autoscale.env --every 1m",
                   "*/5 * * * *  holdfast autoscale --env-file autoscale.env --once",
                   "holdfast autoscale --env-file worker.env --max-replicas 20 \\",
                   "    --fleet-program ./kubernetes.sh"},
      .exit_codes = {{"0", "done, or ended by a signal"},
                     {"2", "usage"},
                     {"4", "queue or cloud are out of reach or refuse"}}};
  autoscale.options =
      together(own_options(*options), listen_option(options->place),
               size_options(options->place, options->policy), place_options(options->place),
               json_option(options->json, "Print one JSON object a decision"),
               log_level_option(options->log_level, "info"));
  autoscale.result = [options](const Words&) -> CommandLine {
    check_together(options->policy);
    return *options;
  };
  return autoscale;
}

}  // namespace holdfast
