#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

namespace {

using What = CheckpointsOptions::What;

constexpr std::uint64_t kGenerationMax = 1'000'000'000'000;

std::vector<ExitCode> exit_codes(const std::string& one) {
  return {{"0", "done"}, {"1", one}, {"2", "usage"}, {"4", "the store is out of reach"}};
}

Options places(CheckpointsOptions& options) {
  return together(state_option(options.state), env_file(options.place), ca_file(options.place),
                  store_options(options.place));
}

Option one_job(std::string& job) {
  return {.name = "JOB",
          .value = text(job, "JOB", Completes::job),
          .help = "The job's id",
          .required = true};
}

// `what` with the one job that was named.
auto with_job(const std::shared_ptr<CheckpointsOptions>& options,
              const std::shared_ptr<std::string>& job, What what) {
  return [options, job, what](const Words&) -> CommandLine {
    options->what = what;
    options->jobs = {*job};
    return *options;
  };
}

Command define_list() {
  const auto options = std::make_shared<CheckpointsOptions>();
  const auto job = std::make_shared<std::string>();
  return {.name = "list",
          .summary = "List a job's checkpoints, newest first",
          .description =
              "With --json one object a line: generation, attempt, bytes, when, and "
              "with --verify state (whole or damaged) and error.",
          .examples = {"holdfast checkpoints list --env-file worker.env job-17",
                       "holdfast checkpoints list --env-file worker.env job-17 --verify"},
          .exit_codes = exit_codes("no checkpoint, or a damaged one"),
          .options = together(Options{one_job(*job),
                                      {.name = "--verify",
                                       .value = flag(options->verify),
                                       .help = "Read every byte and check it"}},
                              places(*options),
                              json_option(options->json, "Print one JSON object a line")),
          .result = with_job(options, job, What::list)};
}

Command define_restore() {
  const auto options = std::make_shared<CheckpointsOptions>();
  const auto job = std::make_shared<std::string>();
  return {.name = "restore",
          .summary = "Restore a checkpoint into a directory",
          .description = "Every byte is checked. The job is not changed.",
          .examples = {"holdfast checkpoints restore --env-file worker.env job-17 --to ./look",
                       "holdfast checkpoints restore --env-file worker.env job-17 --to ./old \\",
                       "    --generation 41"},
          .exit_codes = exit_codes("no such checkpoint, or a damaged one"),
          .options = together(
              Options{one_job(*job),
                      {.name = "--to",
                       .value = text(options->to, "DIR", Completes::folder),
                       .help = "A directory that is new or empty",
                       .required = true},
                      {.name = "--generation",
                       .value = number(options->generation, std::uint64_t{1}, kGenerationMax),
                       .help = "Which one, as listed",
                       .usual = "the newest that is whole"}},
              places(*options), json_option(options->json)),
          .result = with_job(options, job, What::restore)};
}

Command define_prune() {
  const auto options = std::make_shared<CheckpointsOptions>();
  return {
      .name = "prune",
      .summary = "Remove stored pieces that no checkpoint needs any more",
      .description =
          "These are uploads of killed attempts. Safe while the job runs; checkpoints are never "
          "removed. Workers do the same with the first checkpoint of each attempt, so this is "
          "mostly useful for jobs that have ended or that wait for a long time.",
      .examples = {"holdfast checkpoints prune --env-file worker.env job-17 --dry-run",
                   "holdfast checkpoints prune --env-file worker.env --all"},
      .exit_codes = exit_codes("a job has a damaged log or checkpoint and was not changed"),
      .options = together(
          Options{
              {"JOB", texts(options->jobs, "JOB", Completes::job), "The jobs' ids"},
              {.name = "--all", .value = flag(options->all), .help = "All jobs that have ended"},
              {.name = "--dry-run",
               .value = flag(options->dry_run),
               .help = "Only show what would be removed"}},
          places(*options), json_option(options->json, "Print one JSON object a line")),
      .result = [options](const Words&) -> CommandLine {
        options->what = What::prune;
        return *options;
      }};
}

}  // namespace

Command define_checkpoints() {
  return {.name = "checkpoints",
          .section = Section::data,
          .summary = "List, restore and prune the stored checkpoints of jobs",
          .examples = {"holdfast checkpoints list --env-file worker.env job-17 --verify",
                       "holdfast checkpoints restore --env-file worker.env job-17 --to ./look",
                       "holdfast checkpoints prune --env-file worker.env --all --dry-run"},
          .exit_codes = exit_codes("nothing is there, or it is damaged"),
          .inner = {define_list(), define_restore(), define_prune()}};
}

}  // namespace holdfast
