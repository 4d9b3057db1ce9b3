#include "app/command_line/definitions.h"

namespace holdfast {

namespace {

constexpr const char* kHelp = R"(A job is dead when it failed too often, was refused by its program
or made no progress. Its message then waits among the dead letters until a person decides. Looking
at them removes none.

Examples:
  holdfast dead list --env-file worker.env
  holdfast dead show --env-file worker.env job-17
  holdfast dead requeue --env-file worker.env --reason failed
  holdfast dead list --state jobs.csv.holdfast

Exit code: 0, 1 not all that was asked for was there or could be done, 2 usage,
4 broker or store are out of reach.)";

constexpr const char* kListHelp = R"(JSON is one object a line: name, job_id (null if it is no
job), reason, error, worker, attempts, when, message_id, bytes, whole (false: it is too long to be
read whole).

Examples:
  holdfast dead list --env-file worker.env
  holdfast dead list --env-file worker.env --reason out_of_memory
  holdfast dead list --env-file worker.env --json | jq -r .job_id

Exit code: 0, 2 usage, 4 broker out of reach.)";

constexpr const char* kShowHelp = R"(What the letter says, what the job's log says, its newest
checkpoint and the end of what its last attempt printed. JSON is one object: letter, status, output,
message.

Examples:
  holdfast dead show --env-file worker.env job-17
  holdfast dead show --env-file worker.env message/3fa9c21b

Exit code: 0, 1 no such letter, 2 usage, 4 broker or store are out of reach.)";

constexpr const char* kRequeueHelp = R"(The jobs go on from their newest checkpoints, and nothing
is held against them any more. Broken off and repeated, it goes on. A message that is no job is
put back only if its name is given. A job that was cancelled before any worker had seen it may run
again after --even-cancelled, but has to be submitted again.

Examples:
  holdfast dead requeue --env-file worker.env job-17 job-18
  holdfast dead requeue --env-file worker.env --reason no_progress
  holdfast dead requeue --env-file worker.env --all

Exit code: 0, 1 some were left alone or have no letter (each is told), 2 usage,
4 broker or store are out of reach (run it again).)";

constexpr const char* kExportHelp = R"(Prints the jobs as a list, one JSON object a line, as
holdfast submit takes it. Their letters stay. A job that ended does not run again under its old
job_id in the same store: to let it go on, requeue it; to run it anew, give it another job_id in
the list.

Examples:
  holdfast dead export --env-file worker.env > dead.jsonl
  holdfast dead export --env-file worker.env --reason refused > to-mend.jsonl
  holdfast dead export --env-file worker.env message/3fa9c21b > message.txt

Exit code: 0, 1 a name that was given has no letter or a message is too long to be read whole,
2 usage, 4 broker out of reach.)";

constexpr const char* kDropHelp = R"(Takes letters off the list of those that wait for you. The jobs
stay dead, with their checkpoints; holdfast dead requeue JOB still brings one back. A letter whose
job has not ended stays: it may be the only message there is of it. A message that is no job is
dropped only if its name is given, and is gone for good then: export it first.

Examples:
  holdfast dead drop --env-file worker.env job-17
  holdfast dead drop --env-file worker.env --reason refused

Exit code: 0, 1 some letters stay or a name that was given has none (each is told), 2 usage,
4 broker or store are out of reach.)";

CLI::App& add_inner(CLI::App& dead, const std::string& name, const std::string& what,
                    const char* help, DeadOptions& options) {
  CLI::App& inner = *dead.add_subcommand(name, what);
  add_state(inner, options.state);
  add_queue(inner, options.place);
  inner.footer(help);
  return inner;
}

void add_reason(CLI::App& app, DeadOptions& options, const std::string& what) {
  app.add_option("--reason", options.reason, what)->type_name("WORD");
}

}  // namespace

DefinedCommand define_dead(CLI::App& app) {
  const auto options = std::make_shared<DeadOptions>();
  CLI::App& dead =
      *app.add_subcommand("dead", "Jobs that were set aside: look, bring back, export, drop");
  dead.require_subcommand(1);
  dead.footer(kHelp);
  CLI::App& list = add_inner(dead, "list", "Lists the dead jobs", kListHelp, *options);
  add_reason(list, *options, "Only those with this reason");
  list.add_flag("--json", options->json, "For programs");
  CLI::App& show = add_inner(dead, "show", "Everything about one dead job", kShowHelp, *options);
  show.add_option("JOB", options->names, "A job's id, or a message's name as listed")
      ->required()
      ->expected(1);
  show.add_flag("--json", options->json, "For programs");
  add_store(show, options->place);
  CLI::App& requeue =
      add_inner(dead, "requeue", "Puts dead jobs back in the queue", kRequeueHelp, *options);
  requeue.add_option("JOB", options->names, "Jobs, or names of messages as listed");
  requeue.add_flag("--all", options->all, "All dead jobs");
  add_reason(requeue, *options, "All with this reason");
  requeue.add_flag("--even-cancelled", options->even_cancelled,
                   "Also jobs that a person cancelled");
  add_store(requeue, options->place);
  CLI::App& out =
      add_inner(dead, "export", "Prints dead jobs as a list of jobs", kExportHelp, *options);
  out.add_option("JOB", options->names,
                 "Jobs, or one message's name as listed (default: all jobs)");
  add_reason(out, *options, "All with this reason");
  CLI::App& drop = add_inner(dead, "drop", "Takes letters off the list", kDropHelp, *options);
  drop.add_option("JOB", options->names, "Jobs, or names of messages as listed");
  drop.add_flag("--all", options->all, "Those of all jobs");
  add_reason(drop, *options, "All with this reason");
  add_store(drop, options->place);
  return {&dead, false, {}, [options, &list, &show, &requeue, &drop](const auto&) -> CommandLine {
            DeadOptions given = *options;
            given.what = list.parsed()      ? DeadOptions::What::list
                         : show.parsed()    ? DeadOptions::What::show
                         : requeue.parsed() ? DeadOptions::What::requeue
                         : drop.parsed()    ? DeadOptions::What::drop
                                            : DeadOptions::What::export_jobs;
            return given;
          }};
}

}  // namespace holdfast
