#include <limits>
#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

namespace {

constexpr std::uint64_t kJobsMax = 1'000'000;
constexpr std::uint32_t kReplicasMax = 10'000;
constexpr Duration kIntervalMin = std::chrono::milliseconds(1);

Value interval(std::optional<Duration>& to) {
  Value fixed = duration(to, kIntervalMin);
  fixed.take = [&to, take = fixed.take](const std::string& typed) {
    if (typed != "auto") return take(typed);
    to.reset();
    return std::string();
  };
  return fixed;
}

Options own_options(SimulateOptions& options) {
  return {
      {.name = "--jobs",
       .value = number(options.jobs, std::uint64_t{1}, kJobsMax),
       .help = "Number of jobs",
       .usual = "1000"},
      {.name = "--job-time",
       .value = duration_or_hours(options.job_length),
       .help = "How long a job computes if nothing interrupts it",
       .usual = "5h",
       .older_names = {"--hours"}},
      {.name = "--checkpoint-size",
       .value = size_or_gb(options.checkpoint_gb),
       .help = "What one checkpoint uploads",
       .usual = "1GB",
       .older_names = {"--checkpoint-gb"}},
      {.name = "--uplink",
       .value = rate_or_gb(options.uplink_gb_per_hour),
       .help = "How fast a machine uploads",
       .usual = "10GB/h"},
      {.name = "--downlink",
       .value = rate_or_gb(options.downlink_gb_per_hour),
       .help = "How fast a machine downloads",
       .usual = "20GB/h"},
      {.name = "--restart-cost",
       .value = duration_or_seconds(options.restart_cost_seconds),
       .help = "Time until a restarted job computes again",
       .usual = "1s",
       .more = "In addition to the cold start and the download of the checkpoint."},
      {.name = "--guide-checkpoint-every",
       .value = duration_or_hours(options.guide_interval),
       .help = "Checkpoint interval when run as in SaladCloud's guide",
       .usual = "30m"},
      {.name = "--seed",
       .value = number(options.seed, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max()),
       .help = "Seed of the random interruptions",
       .usual = "1"},
      {.name = "--min-replicas",
       .value = number(options.replicas_min, 0u, kReplicasMax),
       .help = "The smallest fleet",
       .usual = "0",
       .group = Group::fleet_size},
      {.name = "--max-replicas",
       .value = number(options.replicas_max, 1u, kReplicasMax),
       .help = "The largest fleet",
       .usual = "250",
       .group = Group::fleet_size},
      {.name = "--price",
       .value = dollars(options.dollars_per_hour),
       .help = "Dollars an hour for a running machine",
       .usual = "0.10",
       .group = Group::fleet_size},
      {.name = "--every",
       .value = duration_or_hours(options.decide_every),
       .help = "How often the autoscaler decides",
       .usual = "5m",
       .group = Group::fleet_size},
      {.name = "--cold-start",
       .value = duration_or_hours(options.cold_start),
       .help = "Time after which half of the new machines run",
       .usual = "10m",
       .group = Group::fleet_size},
      {.name = "--checkpoint-every",
       .value = interval(options.checkpoint_every),
       .help = "A fixed checkpoint interval, or auto",
       .usual = "auto",
       .group = Group::program},
      {.name = "--mtbf",
       .value = duration_or_hours(options.mtbf),
       .help = "Mean time between interruptions of a machine",
       .usual = "10h",
       .group = Group::program}};
}

// Each notes that it was typed.
Options noting(Options all, std::set<std::string>& given) {
  for (Option& option : all) {
    option.value.take = [take = option.value.take, name = option.name,
                         &given](const std::string& typed) {
      given.insert(name);
      return take(typed);
    };
  }
  return all;
}

}  // namespace

Command define_simulate() {
  const auto options = std::make_shared<SimulateOptions>();
  const Option history{
      .name = "--from-history",
      .value = flag(options->from_history),
      .help = "Take all values that you do not give from this fleet's past",
      .more =
          "Interruptions, the work of a job, the interval, size and cost of checkpoints and the "
          "number of machines come from the logs of the jobs that changed last. The first column "
          "simulates the past as it was, the second with your values."};
  return {
      .name = "simulate",
      .section = Section::fleet,
      .summary = "Simulate a fleet: how long it takes, what it costs, what is lost",
      .description =
          "Simulates interruptions, cold starts and prices with the checkpoint interval and the "
          "scaling that Holdfast uses, next to the same jobs run as in SaladCloud's guide: "
          "replicas by the number of messages, uploads while the program waits, a delivery limit "
          "of three.\n"
          "With --from-history it simulates your own fleet's past: what another "
          "--checkpoint-every, --max-replicas or --price would have changed.\n"
          "Goodput is the share of the paid time that became part of a result. A machine costs "
          "nothing while it starts. Interruptions come at random, equally likely at any time.",
      .examples = {"holdfast simulate --jobs 10000 --job-time 5h --mtbf 10h --max-replicas 250",
                   "holdfast simulate --jobs 500 --job-time 20h --mtbf 4h \\",
                   "    --checkpoint-size 2.5GB --uplink 8GB/h --price 0.18",
                   "holdfast simulate --from-history --env-file worker.env --checkpoint-every 10m",
                   "holdfast simulate --from-history --state jobs.csv.holdfast --price 0.25"},
      .exit_codes = {{"0", "done"},
                     {"2", "usage"},
                     {"4", "these jobs would never finish, or the store is out of reach"}},
      .options = together(Options{history}, noting(own_options(*options), options->given),
                          state_option(options->state), queue_options(options->place),
                          store_options(options->place), json_option(options->json)),
      .result = [options](const Words&) -> CommandLine { return *options; }};
}

}  // namespace holdfast
