#include "app/command_line/definitions.h"

namespace holdfast {

namespace {

constexpr const char* kHelp = R"(Examples:
  holdfast checkpoints list --env-file worker.env job-17 --verify
  holdfast checkpoints restore --env-file worker.env job-17 --to ./look
  holdfast checkpoints prune --env-file worker.env --all --dry-run

Exit code: 0, 1 nothing there or damaged, 2 usage, 4 the store is out of reach.)";

constexpr const char* kListHelp = R"(The checkpoints that are kept, newest first. JSON is one
object a line: generation, attempt, bytes, when, and with --verify state (whole, damaged) and
error.

Examples:
  holdfast checkpoints list --env-file worker.env job-17
  holdfast checkpoints list --env-file worker.env job-17 --verify

Exit code: 0, 1 no checkpoint or a damaged one, 2 usage, 4 the store is out of reach.)";

constexpr const char* kRestoreHelp = R"(Brings a checkpoint into a new or empty directory, every
byte checked. Without --generation the newest that is whole. The job is not touched.

Examples:
  holdfast checkpoints restore --env-file worker.env job-17 --to ./look
  holdfast checkpoints restore --env-file worker.env job-17 --to ./before --generation 41

Exit code: 0, 1 no such checkpoint or a damaged one, 2 usage, 4 the store is out of reach.)";

constexpr const char* kPruneHelp = R"(Removes what no checkpoint needs any more: uploads of
attempts that were killed. Safe while the job runs. Workers do the same with the first checkpoint
of their attempt, so there is something to do mostly for jobs that ended or wait long. Checkpoints
are never removed.

Examples:
  holdfast checkpoints prune --env-file worker.env job-17 --dry-run
  holdfast checkpoints prune --env-file worker.env --all

Exit code: 0, 1 a job has a damaged log or checkpoint and was left alone, 2 usage,
4 the store is out of reach.)";

CLI::App& add_inner(CLI::App& checkpoints, const std::string& name, const std::string& what,
                    const char* help, CheckpointsOptions& options) {
  CLI::App& inner = *checkpoints.add_subcommand(name, what);
  add_state(inner, options.state);
  add_env_file(inner, options.place);
  add_store(inner, options.place);
  inner.footer(help);
  return inner;
}

}  // namespace

DefinedCommand define_checkpoints(CLI::App& app) {
  const auto options = std::make_shared<CheckpointsOptions>();
  CLI::App& checkpoints =
      *app.add_subcommand("checkpoints", "What is stored of jobs' progress: list, restore, prune");
  checkpoints.require_subcommand(1);
  checkpoints.footer(kHelp);
  CLI::App& list = add_inner(checkpoints, "list", "Lists a job's checkpoints", kListHelp, *options);
  list.add_option("JOB", options->jobs, "A job's id")->required()->expected(1);
  list.add_flag("--verify", options->verify, "Read every byte of each and check it");
  list.add_flag("--json", options->json, "For programs");
  CLI::App& restore = add_inner(checkpoints, "restore", "Brings a checkpoint into a directory",
                                kRestoreHelp, *options);
  restore.add_option("JOB", options->jobs, "A job's id")->required()->expected(1);
  restore.add_option("--to", options->to, "A directory that is new or empty")
      ->required()
      ->type_name("DIR");
  restore.add_option("--generation", options->generation, "Which one, as listed")->type_name("N");
  CLI::App& prune =
      add_inner(checkpoints, "prune", "Removes what no checkpoint needs", kPruneHelp, *options);
  prune.add_option("JOB", options->jobs, "Jobs' ids");
  prune.add_flag("--all", options->all, "All jobs that have ended");
  prune.add_flag("--dry-run", options->dry_run, "Only say what would go");
  return {&checkpoints, false, {}, [options, &list, &restore](const auto&) -> CommandLine {
            CheckpointsOptions given = *options;
            given.what = list.parsed()      ? CheckpointsOptions::What::list
                         : restore.parsed() ? CheckpointsOptions::What::restore
                                            : CheckpointsOptions::What::prune;
            return given;
          }};
}

}  // namespace holdfast
