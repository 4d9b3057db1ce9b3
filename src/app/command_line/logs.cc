#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

namespace {

constexpr std::size_t kLinesMax = 100'000'000;

Value attempt(LogsOptions& options) {
  std::optional<std::uint64_t>& one = options.attempt;
  Value value = number(one, std::uint64_t{1}, ~std::uint64_t{0});
  value.placeholder = "N|all";
  value.take = [&options, take = value.take](const std::string& typed) -> std::string {
    options.all_attempts = typed == "all";
    return options.all_attempts ? std::string() : take(typed);
  };
  return value;
}

}  // namespace

Command define_logs() {
  const auto options = std::make_shared<LogsOptions>();
  Command logs{
      .name = "logs",
      .section = Section::see,
      .summary = "Show what a job's program printed, or follow it while it runs",
      .description =
          "Workers store what programs print while they run: every 20 seconds, at every "
          "checkpoint, and at the end; every half second on one machine. The beginning and the end "
          "of each attempt's output are kept, 16 MiB in all (--log-max of run and work); a line "
          "between them says how much is left out. Output of the last seconds before a machine "
          "vanished is lost.\n\nOn a terminal, control characters (colours, cursor movements) are "
          "shown as text. A pipe or file gets the bytes exactly as printed.",
      .examples = {"holdfast logs --env-file worker.env job-17 -f",
                   "holdfast logs --state jobs.csv.holdfast job-17 --tail 20 --times",
                   "holdfast logs --env-file worker.env job-17 --attempt all --json"},
      .exit_codes = {{"0", "done; with --follow: the job has ended"},
                     {"1", "there is nothing to show"},
                     {"2", "usage"},
                     {"4", "the store is out of reach"}}};
  logs.options = together(
      Options{{.name = "JOB",
               .value = text(options->job, "JOB", Completes::job),
               .help = "The job's id",
               .required = true},
              {.name = "--follow",
               .value = flag(options->follow),
               .help = "Continue until the job ends, attempt after attempt (-f)",
               .older_names = {"-f"}},
              {.name = "--attempt",
               .value = attempt(*options),
               .help = "Which attempt to show, or all",
               .usual = "the last"},
              {.name = "--tail",
               .value = number(options->tail, std::size_t{0}, kLinesMax),
               .help = "Show only the last N lines",
               .usual = "all"},
              {.name = "--times",
               .value = flag(options->times),
               .help = "Begin each line with the time at which it was printed"},
              {.name = "--raw",
               .value = flag(options->raw),
               .help = "Pass control characters on to the terminal"}},
      state_option(options->state), queue_options(options->place), store_options(options->place),
      json_option(options->json, "Print one JSON object a line"));
  logs.result = [options](const Words&) -> CommandLine { return *options; };
  return logs;
}

}  // namespace holdfast
