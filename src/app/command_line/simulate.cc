#include <charconv>
#include <string_view>

#include "app/command_line/definitions.h"
#include "app/duration_text.h"
#include "app/usage_error.h"

namespace holdfast {

namespace {

constexpr std::uint64_t kJobsMax = 1'000'000;
constexpr std::uint32_t kReplicasMax = 10'000;
constexpr double kAmountMax = 1e6;

constexpr const char* kHelp = R"(Examples:
  holdfast simulate --jobs 10000 --hours 5 --mtbf 10 --max-replicas 250
  holdfast simulate --jobs 500 --hours 20 --mtbf 4 --checkpoint-gb 2.5 --uplink 8 --price 0.18

Plays fleet, interruptions, cold starts and prices through, with the interval and the scaling that
Holdfast itself uses, beside the same jobs done in the way that SaladCloud's guide publishes:
replicas by the number of messages, uploads in the task's own time, a delivery limit of three.
Goodput is the share of the paid time that became part of a result. An instance costs nothing while
it starts. Machines are interrupted at random, as often one hour as another.
Exit code: 0, 2 usage, 4 these jobs would never be done.)";

// "1.5" hours, or a duration such as 90m.
void add_hours(CLI::App& app, const std::string& name, Duration& value, const std::string& what) {
  app.add_option_function<std::string>(
         name,
         [&value, name](const std::string& text) {
           double hours = 0;
           const char* const end = text.data() + text.size();
           const auto [rest, error] = std::from_chars(text.data(), end, hours);
           const auto duration = parse_duration(text);
           if (duration && *duration > Duration::zero()) {
             value = *duration;
           } else if (error == std::errc() && rest == end && hours > 0 && hours <= kAmountMax) {
             value = std::chrono::duration_cast<Duration>(
                 std::chrono::duration<double, std::ratio<3600>>(hours));
           } else {
             throw UsageError(name + " wants a number of hours, or a duration such as 90m, not '" +
                              text + "'");
           }
         },
         what)
      ->type_name("HOURS");
}

CLI::Option* add_amount(CLI::App& app, const std::string& name, double& value,
                        const std::string& what) {
  return app.add_option(name, value, what)->check(between(1e-6, kAmountMax));
}

}  // namespace

DefinedCommand define_simulate(CLI::App& app) {
  const auto options = std::make_shared<SimulateOptions>();
  CLI::App& simulate =
      *app.add_subcommand("simulate", "Plays a fleet through: how long, how much, what is lost");
  simulate.add_option("--jobs", options->jobs, "How many jobs (default 1000)")
      ->check(between(std::uint64_t{1}, kJobsMax))
      ->type_name("N");
  add_hours(simulate, "--hours", options->job_length,
            "How long a job computes if nothing interrupts it (default 5)");
  add_hours(simulate, "--mtbf", options->mtbf,
            "Mean time between interruptions of a machine (default 10)");
  add_amount(simulate, "--checkpoint-gb", options->checkpoint_gb,
             "What one checkpoint uploads, in GB (default 1)")
      ->type_name("GB");
  add_amount(simulate, "--uplink", options->uplink_gb_per_hour,
             "What a machine uploads, in GB an hour (default 10)")
      ->type_name("GB/H");
  add_amount(simulate, "--downlink", options->downlink_gb_per_hour,
             "What it downloads, in GB an hour (default 20)")
      ->type_name("GB/H");
  simulate
      .add_option("--checkpoint-every", options->checkpoint_every,
                  "auto, or a fixed interval such as 10m (default auto)")
      ->type_name("auto|DURATION");
  add_hours(simulate, "--guide-checkpoint-every", options->guide_interval,
            "The interval in the guide's way (default 0.5)");
  simulate.add_option("--min-replicas", options->replicas_min, "The smallest fleet (default 0)")
      ->check(between(0u, kReplicasMax))
      ->type_name("N");
  simulate.add_option("--max-replicas", options->replicas_max, "The largest fleet (default 250)")
      ->check(between(1u, kReplicasMax))
      ->type_name("N");
  add_amount(simulate, "--price", options->dollars_per_hour,
             "Dollars an hour for a machine that runs (default 0.10)")
      ->type_name("DOLLARS");
  add_hours(simulate, "--every", options->decide_every,
            "How often the autoscaler looks (default 5m)");
  add_hours(simulate, "--cold-start", options->cold_start,
            "After what time half of the new machines run (default 10m)");
  simulate
      .add_option("--restart-cost", options->restart_cost_seconds,
                  "What a new worker or an interrupted job costs until the task computes, besides "
                  "the cold start and the checkpoint's download (default 1)")
      ->check(between(0.0, kAmountMax))
      ->type_name("SECONDS");
  simulate.add_option("--seed", options->seed, "Another seed, another run (default 1)")
      ->type_name("N");
  simulate.add_flag("--json", options->json, "For programs");
  simulate.footer(kHelp);
  return {&simulate, false, {}, [options](const auto&) -> CommandLine { return *options; }};
}

}  // namespace holdfast
