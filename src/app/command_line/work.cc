#include <iterator>
#include <sstream>

#include "app/command_line/definitions.h"

namespace holdfast {

namespace {

constexpr std::uint32_t kReplacementsMax = 1000;
constexpr const char* kHelp = R"(Examples:
  holdfast work --env-file worker.env -- ./simulate --steps {steps}
  holdfast work --env-file worker.env --checkpoint-every 2m -- python3 /srv/train.py {job_id}
  holdfast work --env-file worker.env --self-test "nvidia-smi -L" -- ./simulate

Stops on SIGTERM or Ctrl-C: the job makes a last checkpoint and goes back to the queue. A second
one ends at once. The program's exit codes: 0 finished, 65 this job can never work, 69 this machine
cannot run it, 75 try later, 85 checkpointed, run me again, any other a failure.
Exit code: 0 drained or nothing left, 2 usage, 4 broker, store or program cannot be used, 69 this
node is unfit: its self-test or the program says so, or jobs that failed here went on elsewhere.)";

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), std::istream_iterator<std::string>()};
}

}  // namespace

DefinedCommand define_work(CLI::App& app) {
  const auto options = std::make_shared<WorkOptions>();
  CLI::App& work = *app.add_subcommand("work", "A worker: runs one job after the other");
  work.add_flag("--until-empty", options->until_empty, "End when no job is left");
  add_task(work, options->task);
  add_duration(work, "--patience", options->patience,
               "How long to wait for an answer of a job's earlier owner (default 6s, 45s for a "
               "job that was submitted twice)");
  add_duration(work, "--watch-every", options->watch_every,
               "Look so often whether somebody else asks for our job (default 15s)");
  work.add_option("--foreign-checkpoint", options->foreign_checkpoint,
                  "The file that another program left as its checkpoint, or none (default "
                  "checkpoint.json)")
      ->type_name("NAME");
  add_duration(work, "--give-up-after", options->give_up_after,
               "End when no task runs and the broker or the store is out of reach for so long "
               "(default 1h)");
  work.add_option_function<std::string>(
          "--self-test",
          [options](const std::string& text) { options->self_test = words_of(text); },
          "Run this before the first job, for at most 5 minutes; a node that fails it takes none. "
          "A "
          "program and its arguments, separated by spaces")
      ->type_name("CMD");
  work.add_option("--work-dir", options->work_dir,
                  "Where the running job has its files (default: below /var/tmp/holdfast)")
      ->type_name("DIR");
  work.add_flag_callback(
      "--unfenced", [options] { options->place.flags["--unfenced"] = "1"; },
      "Use a store that has no conditional writes: two workers may then work on one job, and "
      "overwrite each other (docs/doctor.md); else HOLDFAST_UNFENCED=1");
  add_log_level(work, options->log_level);
  add_queue(work, options->place);
  add_management(work, options->place);
  add_store(work, options->place);
  add_flag_value(work, options->place, "--worker",
                 "This worker's id; else SALAD_INSTANCE_ID or SALAD_MACHINE_ID, else a new one")
      ->type_name("ID");
  add_flag_value(work, options->place, "--listen",
                 "Show /healthz and /metrics there, as PORT (this machine only), 0.0.0.0:PORT or "
                 "[::]:PORT; else HOLDFAST_LISTEN, else nowhere")
      ->type_name("ADDRESS");
  add_flag_value(work, options->place, "--metadata-url",
                 "Tell SaladCloud's metadata service what it costs to lose this worker; none: do "
                 "not; else SALAD_METADATA_URI, else the usual one where SALAD_ variables are set")
      ->type_name("URL");
  work.add_option("--replacements-max", options->replacements_max,
                  "Ask SaladCloud for another machine if this one is unfit, at most so often in an "
                  "hour by all workers of the queue (default 2)")
      ->check(between(0u, kReplacementsMax))
      ->type_name("N");
  work.footer(kHelp);
  return {&work, true, "", [options](const std::vector<std::string>& program) -> CommandLine {
            options->task.command = program;
            return *options;
          }};
}

}  // namespace holdfast
