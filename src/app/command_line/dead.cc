#include <cstdint>
#include <limits>
#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"
#include "core/dead_reason.h"

namespace holdfast {

namespace {

using What = DeadOptions::What;

std::vector<ExitCode> exit_codes(const std::string& one, const std::string& four) {
  std::vector<ExitCode> codes = {{"0", "done"}};
  if (!one.empty()) codes.push_back({"1", one});
  codes.push_back({"2", "usage"});
  codes.push_back({"4", four});
  return codes;
}

Option names(DeadOptions& options, const std::string& help) {
  return {"JOB", texts(options.names, "JOB", Completes::dead_job), help};
}

Option all(DeadOptions& options) {
  return {.name = "--all", .value = flag(options.all), .help = "All dead jobs"};
}

Option reason(DeadOptions& options) {
  Words words;
  for (const DeadReason& one : kDeadReasons) words.emplace_back(one.word);
  Option option{.name = "--reason",
                .value = choice(options.reason, "REASON", words),
                .help = "Only dead jobs with this reason"};
  for (const DeadReason& one : kDeadReasons) {
    option.more += (option.more.empty() ? "" : ", ") + std::string(one.word) + " (" +
                   std::string(one.meaning) + ")";
  }
  option.more += ".";
  return option;
}

Options places(DeadOptions& options) {
  return together(state_option(options.state), queue_options(options.place));
}

auto result(const std::shared_ptr<DeadOptions>& options, What what) {
  return [options, what](const Words&) -> CommandLine {
    options->what = what;
    return *options;
  };
}

Command define_list() {
  const auto options = std::make_shared<DeadOptions>();
  return {.name = "list",
          .summary = "List the dead jobs",
          .description =
              "With --json one object a line: name, job_id (null for a message that is not a job), "
              "reason, error, worker, attempts, when, message_id, bytes, whole (false: too long to "
              "be read completely).",
          .examples = {"holdfast dead list --env-file worker.env",
                       "holdfast dead list --env-file worker.env --reason out_of_memory",
                       "holdfast dead list --env-file worker.env --json | jq -r .job_id"},
          .exit_codes = exit_codes("", "the broker is out of reach"),
          .options = together(Options{reason(*options)}, places(*options),
                              json_option(options->json, "Print one JSON object a line")),
          .result = result(options, What::list)};
}

Command define_show() {
  const auto options = std::make_shared<DeadOptions>();
  const auto name = std::make_shared<std::string>();
  return {
      .name = "show",
      .summary = "Show everything about one dead job",
      .description =
          "Its dead letter, its log, its newest checkpoint and the end of what its last attempt "
          "printed. With --json one object: letter, status, output, message.",
      .examples = {"holdfast dead show --env-file worker.env job-17",
                   "holdfast dead show --env-file worker.env message/3fa9c21b"},
      .exit_codes = exit_codes("dead letter not found", "broker or store are out of reach"),
      .options =
          together(Options{{.name = "JOB",
                            .value = text(*name, "JOB", Completes::dead_job),
                            .help = "A job's id, or a message's name as listed",
                            .required = true}},
                   places(*options), store_options(options->place), json_option(options->json)),
      .result = [options, name](const Words&) -> CommandLine {
        options->what = What::show;
        options->names = {*name};
        return *options;
      }};
}

Command define_requeue() {
  const auto options = std::make_shared<DeadOptions>();
  return {.name = "requeue",
          .summary = "Put dead jobs back in the queue",
          .description =
              "The jobs resume from their latest checkpoints with a clean record. Safe to "
              "interrupt and repeat. A message that is not a job is put back only if it is named. "
              "A job that was cancelled before a worker saw it has to be submitted again after "
              "--even-cancelled.",
          .examples = {"holdfast dead requeue --env-file worker.env job-17 job-18",
                       "holdfast dead requeue --env-file worker.env --reason no_progress",
                       "holdfast dead requeue --env-file worker.env --all",
                       "holdfast dead requeue --env-file worker.env job-17 --from-generation 41"},
          .exit_codes = exit_codes("some were not requeued or have no dead letter; each is named",
                                   "broker or store are out of reach; run it again"),
          .options = together(Options{names(*options, "Jobs, or names of messages as listed"),
                                      all(*options),
                                      reason(*options),
                                      group_option(options->group),
                                      {.name = "--even-cancelled",
                                       .value = flag(options->even_cancelled),
                                       .help = "Also jobs that a person cancelled"},
                                      {.name = "--from-generation",
                                       .value = number(options->from_generation, std::uint64_t{1},
                                                       std::numeric_limits<std::uint64_t>::max()),
                                       .help = "Resume from this kept checkpoint",
                                       .usual = "the newest",
                                       .more = "holdfast checkpoints list JOB shows them."}},
                              places(*options), store_options(options->place),
                              json_option(options->json, "Print one JSON object a line")),
          .result = result(options, What::requeue)};
}

Command define_export() {
  const auto options = std::make_shared<DeadOptions>();
  return {
      .name = "export",
      .summary = "Print dead jobs as a list of jobs",
      .description =
          "Prints one JSON object a line, as holdfast submit reads them, and removes nothing. In "
          "the same store, a job that has ended does not run again under its job_id. Requeue it to "
          "resume it, or give it a new job_id to start it from the beginning.",
      .examples = {"holdfast dead export --env-file worker.env > dead.jsonl",
                   "holdfast dead export --env-file worker.env --reason refused > mend.jsonl",
                   "holdfast dead export --env-file worker.env message/3fa9c21b"},
      .exit_codes = exit_codes("a name has no dead letter, or a message is too long",
                               "the broker is out of reach"),
      .options = together(
          Options{names(*options, "Jobs, or one message's name as listed"), reason(*options)},
          places(*options)),
      .result = result(options, What::export_jobs)};
}

Command define_drop() {
  const auto options = std::make_shared<DeadOptions>();
  return {.name = "drop",
          .summary = "Take jobs off the list of dead jobs",
          .description =
              "The jobs stay dead and keep their checkpoints; holdfast dead requeue JOB can still "
              "requeue one. If a job has not ended, its dead letter stays, because it may be the "
              "job's only message. A message that is not a job is dropped only if it is named, and "
              "is then lost: export it first.",
          .examples = {"holdfast dead drop --env-file worker.env job-17",
                       "holdfast dead drop --env-file worker.env --reason refused"},
          .exit_codes = exit_codes("some dead letters stay, or a name has none; each is named",
                                   "broker or store are out of reach"),
          .options = together(Options{names(*options, "Jobs, or names of messages as listed"),
                                      all(*options), reason(*options)},
                              places(*options), store_options(options->place),
                              json_option(options->json, "Print one JSON object a line")),
          .result = result(options, What::drop)};
}

}  // namespace

Command define_dead() {
  return {
      .name = "dead",
      .section = Section::mend,
      .summary = "List, show, requeue, export and drop dead jobs",
      .description =
          "A job is dead when it failed too often, was refused by its program or made no progress. "
          "It then waits for your decision. Listing and showing dead jobs removes none.",
      .examples = {"holdfast dead list --env-file worker.env",
                   "holdfast dead show --env-file worker.env job-17",
                   "holdfast dead requeue --env-file worker.env --reason failed",
                   "holdfast dead list --state jobs.csv.holdfast"},
      .exit_codes = exit_codes("something was missing or could not be done",
                               "broker or store are out of reach"),
      .inner = {define_list(), define_show(), define_requeue(), define_export(), define_drop()}};
}

}  // namespace holdfast
