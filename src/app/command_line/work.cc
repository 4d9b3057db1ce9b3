#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"
#include "app/split_words.h"

namespace holdfast {

namespace {

constexpr std::uint32_t kReplacementsMax = 1000;

// A program and its arguments, as a shell splits them: with quotes around what holds blanks.
Value program_line(Words& to) {
  return {"COMMAND", [&to](const std::string& typed) -> std::string {
            to = split_words(typed);
            return to.empty() ? "names no program" : "";
          }};
}

Options own_options(WorkOptions& options) {
  return {{.name = "--until-empty",
           .value = flag(options.until_empty),
           .help = "Exit when no job is left"},
          {.name = "--self-test",
           .value = program_line(options.self_test),
           .help = "Run COMMAND before the first job; take no job if it fails",
           .more = "It has five minutes."},
          {.name = "--work-dir",
           .value = text(options.work_dir, "DIR", Completes::folder),
           .help = "Where to keep the running job's files",
           .usual = "below /var/tmp/holdfast"},
          {.name = "--worker",
           .value = setting(options.place, "--worker", "ID"),
           .help = "This worker's id",
           .usual = "a new one",
           .more = "Else SALAD_INSTANCE_ID or SALAD_MACHINE_ID."},
          notify_option(options.notify, "Sent for every job that this worker ends."),
          allow_notify_option(options.notify_rules),
          {.name = "--patience",
           .value = duration(options.patience),
           .help = "How long to wait for an answer of a job's previous owner",
           .usual = "6s",
           .more = "45s for a job that was submitted twice."},
          {.name = "--watch-every",
           .value = duration(options.watch_every),
           .help = "How often to look whether another worker asks for the job",
           .usual = "15s"},
          {.name = "--give-up-after",
           .value = duration(options.give_up_after),
           .help = "Exit if broker or store are out of reach for this time",
           .usual = "1h",
           .more = "Only while no program runs."},
          {.name = "--foreign-checkpoint",
           .value = optional_text(options.foreign_checkpoint, "NAME"),
           .help = "A checkpoint file that another program left, or none",
           .usual = "checkpoint.json"},
          {.name = "--metadata-url",
           .value = setting(options.place, "--metadata-url", "URL"),
           .help = "SaladCloud's metadata service, or none",
           .usual = "the usual one on SaladCloud",
           .more = "The worker reports its deletion cost there. SALAD_METADATA_URI sets it, too."},
          {.name = "--replacements-max",
           .value = number(options.replacements_max, 0u, kReplacementsMax),
           .help = "Most new machines to ask for in an hour, by the whole fleet",
           .usual = "2",
           .more = "A worker whose machine is unfit asks SaladCloud for another."}};
}

}  // namespace

Command define_work() {
  const auto options = std::make_shared<WorkOptions>();
  Command work{.name = "work",
               .section = Section::start,
               .summary = "Run a worker: take jobs from the queue, one after the other",
               .description =
                   "SIGTERM or Ctrl-C drains it: the job makes a last checkpoint and returns to "
                   "the queue. A second signal ends it at once.\n"
                   "The program's exit codes: 0 finished, 65 this job can never work, 69 this "
                   "machine cannot run it, 75 try again later, 85 checkpointed, run me again; any "
                   "other is a failure.",
               .examples = {"holdfast work --env-file worker.env -- ./simulate --steps {steps}",
                            "holdfast work --env-file worker.env --checkpoint-every 2m \\",
                            "    -- python3 train.py {job_id}",
                            "holdfast work --env-file worker.env --self-test \"nvidia-smi -L\" \\",
                            "    -- ./simulate"},
               .exit_codes = {{"0", "drained, or no job is left"},
                              {"2", "usage"},
                              {"4", "broker, store or program cannot be used"},
                              {"69",
                               "this machine is unfit: its self-test or the program reports it, or "
                               "jobs failed here and then succeeded elsewhere"}}};
  work.options =
      together(own_options(*options), listen_option(options->place), task_options(options->task),
               queue_options(options->place), management_option(options->place),
               store_options(options->place), unfenced_option(options->place),
               log_level_option(options->log_level, "info"));
  work.takes_program = true;
  work.result = [options](const Words& program) -> CommandLine {
    options->task.command = program;
    return *options;
  };
  return work;
}

}  // namespace holdfast
