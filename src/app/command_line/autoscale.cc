#include "app/command_line/definitions.h"
#include "app/command_line/fleet_options.h"
#include "app/duration_text.h"
#include "app/usage_error.h"

namespace holdfast {

namespace {

constexpr Duration kEveryMin = std::chrono::seconds(15);
constexpr std::uint32_t kCountMax = 1'000'000;
constexpr double kDollarsMax = 1e6;

constexpr const char* kHelp = R"(Examples:
  holdfast autoscale --env-file autoscale.env --dry-run
      Says what it would do and why.
  holdfast autoscale --env-file autoscale.env --every 1m
  */5 * * * *  holdfast autoscale --env-file autoscale.env --once
      From cron, as in the guide.
  holdfast autoscale --env-file worker.env --fleet-program ./kubernetes.sh --max-replicas 20
      On another cloud, by a program of your own.

autoscale.env has the guide's names, in lower or upper case: max_replicas, min_replicas, org,
project, container_group_name, salad_api_key, rabbitmq_url, rabbitmq_username, rabbitmq_password,
vhost, queue_name; or AMQP_URL and JOB_QUEUE as in worker.env.
As many replicas are wanted as there are jobs waiting, running and in a pause before a retry. The
fleet grows at once. It shrinks only when fewer were enough for the whole --cooldown, when idle
replicas suffice and every busy one has a deletion cost. It is stopped only when several readings in
a row say that nothing is left. What cannot be read changes nothing.
Exit code: 0 (a daemon: ended by a signal), 2 usage, 4 queue or cloud out of reach or refusing.)";

void add_policy(CLI::App& app, const std::shared_ptr<AutoscaleOptions>& options) {
  ScalingPolicy& policy = options->policy;
  const auto duration = [&](const std::string& name, auto set, const std::string& what) {
    app.add_option_function<std::string>(
           name,
           [set, name](const std::string& text) {
             const auto value = parse_duration(text);
             if (!value) {
               throw UsageError(name + " wants a duration such as 30s, 5m or 2h, not '" + text +
                                "'");
             }
             set(*value);
           },
           what)
        ->type_name("DURATION")
        ->group("How much");
  };
  const auto count = [&](const std::string& name, auto& value, const std::string& what) {
    app.add_option(name, value, what)
        ->check(between(1u, kCountMax))
        ->type_name("N")
        ->group("How much");
  };
  const auto dollars = [&](const std::string& name, auto& value, const std::string& what) {
    return app.add_option(name, value, what)
        ->check(between(0.0, kDollarsMax))
        ->type_name("DOLLARS")
        ->group("How much");
  };
  count("--jobs-per-replica", policy.jobs_per_machine,
        "So many jobs are to be there for each replica (default 1)");
  duration(
      "--drain-within", [&policy](Duration d) { policy.drain_within = d; },
      "Instead: work off what there is in this time; needs --job-time");
  duration(
      "--job-time", [&policy](Duration d) { policy.job_time = d; },
      "What a job takes, for --drain-within");
  duration(
      "--cooldown", [&policy](Duration d) { policy.cooldown = d; },
      "So long must fewer have been enough before the fleet shrinks or stops (default 10m)");
  duration(
      "--cold-start", [&policy](Duration d) { policy.cold_start = d; },
      "What a new replica takes until it works: so long after it grew the fleet does not "
      "shrink while there is work (default 20m)");
  count("--step-up", policy.step_up, "At most so many replicas more per round");
  count("--step-down", policy.step_down, "At most so many fewer per round");
  CLI::Option* budget = dollars("--budget", policy.dollars_per_hour,
                                "Never more replicas than this buys in an hour; needs --price");
  CLI::Option* price =
      dollars("--price", policy.machine_dollars_per_hour, "What a replica costs in an hour");
  budget->needs(price);
  price->needs(budget);
  app.add_flag("--allow-busy", policy.busy_may_go,
               "Shrink although replicas that run a job may go; their jobs go on from the last "
               "checkpoint elsewhere")
      ->group("How much");
}

void check_together(const AutoscaleOptions& options) {
  if (options.every < kEveryMin) {
    throw UsageError(
        "--every must be at least 15s: the cloud takes 240 requests a minute, and the "
        "broker's own counts are some seconds old");
  }
  const ScalingPolicy& policy = options.policy;
  if (policy.drain_within.has_value() != policy.job_time.has_value()) {
    throw UsageError("--drain-within and --job-time are given together or not at all");
  }
}

}  // namespace

DefinedCommand define_autoscale(CLI::App& app) {
  const auto options = std::make_shared<AutoscaleOptions>();
  CLI::App& command = *app.add_subcommand("autoscale", "The fleet follows the work");
  command
      .add_option_function<std::string>(
          "--every",
          [options](const std::string& text) {
            const auto every = parse_duration(text);
            if (!every)
              throw UsageError("--every wants a duration such as 30s or 5m, not '" + text + "'");
            options->every = *every;
          },
          "How often it looks (default 5m, at least 15s)")
      ->type_name("DURATION");
  command.add_flag("--once", options->once,
                   "One decision, for cron; there is no cooldown but the time between two runs");
  command.add_flag("--dry-run", options->dry_run, "Say what would be done and why, do nothing");
  command.add_flag("--json", options->json, "A line of JSON per round on standard output");
  add_log_level(command, options->log_level);
  add_flag_value(command, options->place, "--listen",
                 "Show /healthz and /metrics there, as PORT (this machine only) or ADDRESS:PORT; "
                 "else HOLDFAST_LISTEN, else nowhere")
      ->type_name("ADDRESS");
  add_guides(command, options->place, "--max-replicas", "The most; else max_replicas. Required")
      ->type_name("N");
  add_guides(command, options->place, "--min-replicas",
             "The fewest; else min_replicas (default 0: stopped when nothing is left)")
      ->type_name("N");
  add_policy(command, options);
  add_queue(command, options->place);
  add_management(command, options->place);
  add_guides(command, options->place, "--rabbitmq-url",
             "The management interface, as in the guide; else rabbitmq_url")
      ->type_name("URL");
  add_guides(command, options->place, "--rabbitmq-username", "Its user; else rabbitmq_username")
      ->type_name("NAME");
  add_guides(command, options->place, "--rabbitmq-password",
             "Better as rabbitmq_password in a file that --env-file names")
      ->type_name("TEXT");
  add_guides(command, options->place, "--vhost", "The virtual host; else vhost")->type_name("NAME");
  add_guides(command, options->place, "--queue-name", "The job queue; else queue_name")
      ->type_name("NAME");
  add_fleet(command, options->place);
  command.footer(kHelp);
  return {&command, false, {}, [options](const auto&) -> CommandLine {
            check_together(*options);
            return *options;
          }};
}

}  // namespace holdfast
