// The options of whoever runs programs: run and work.
#include <signal.h>

#include "app/command_line/options.h"
#include "app/command_line/values.h"
#include "app/signals.h"
#include "worker/named_results.h"

namespace holdfast {

namespace {

constexpr std::uint32_t kTriesMax = 1'000'000;
constexpr std::size_t kCheckpointsKeptMax = 16;
constexpr std::uint64_t kSnapshotSpaceMin = 1'000'000;
constexpr std::uint64_t kLogBytesMin = 64 * 1024;
constexpr Duration kLogEveryMin = std::chrono::milliseconds(100);
constexpr Duration kMtbfMin = std::chrono::seconds(1);

Value checkpoint_interval(TaskOptions& task) {
  Value fixed = duration(task.checkpoint_every);
  fixed.take = [&task, take = fixed.take](const std::string& typed) {
    task.checkpoint_auto = typed == "auto";
    if (!task.checkpoint_auto) return take(typed);
    task.checkpoint_every.reset();
    return std::string();
  };
  return fixed;
}

Value patterns(std::vector<std::string>& to) {
  return {.placeholder = "GLOBS", .take = [&to](const std::string& typed) -> std::string {
            std::vector<std::string> some;
            const std::string problem = names(some).take(typed);
            if (!problem.empty()) return problem;
            for (const std::string& pattern : some) {
              const std::string wrong = pattern_problem(pattern);
              if (!wrong.empty()) return "has '" + pattern + "' in it, which " + wrong;
            }
            to.insert(to.end(), some.begin(), some.end());
            return {};
          }};
}

Value signals(std::vector<int>& to) {
  return {"SIGNALS", [&to](const std::string& typed) -> std::string {
            const auto parsed = parse_signals(typed);
            if (!parsed) return "names no signals that can be waited for; write USR1,XCPU or none";
            to = *parsed;
            return {};
          }};
}

}  // namespace

Options task_options(TaskOptions& task) {
  return {
      {.name = "--chdir",
       .value = text(task.chdir, "DIR", Completes::folder),
       .help = "Run the program in DIR",
       .usual = "as the command needs it",
       .group = Group::program,
       .more = "Without it, the program runs in the directory where holdfast was started if the "
               "command names a file there, as python3 train.py does, and otherwise in the job's "
               "checkpoint directory. --chdir . always means the first, --chdir checkpoint always "
               "the second, for programs that write to their working directory."},
      {.name = "--results",
       .value = patterns(task.results),
       .help = "Result files, for programs that do not use HOLDFAST_OUTPUT_DIR",
       .group = Group::program,
       .more =
           "Patterns separated by commas, as in 'out/*.csv,report'. They are matched in the "
           "checkpoint directory and, if the program runs elsewhere, also there against files that "
           "changed since the attempt began. A folder means everything in it, ** any number of "
           "folders, {field} the job's field. The files are collected when the program has "
           "finished, in addition to HOLDFAST_OUTPUT_DIR. May be given several times."},
      {.name = "--checkpoint-every",
       .value = checkpoint_interval(task),
       .help = "Checkpoint interval for programs that do not ask for one; or auto",
       .usual = "5m",
       .group = Group::program,
       .more = "0 takes none. auto chooses the interval that loses the least work, from the cost "
               "of a checkpoint and --mtbf."},
      {.name = "--mtbf",
       .value = duration(task.mtbf, kMtbfMin),
       .help = "Mean time between interruptions, for --checkpoint-every auto",
       .usual = "10h",
       .group = Group::program},
      {.name = "--checkpoint-pause",
       .value = duration(task.checkpoint_pause),
       .help = "Store checkpoints at most this often; the latest wins",
       .usual = "1s",
       .group = Group::program},
      {.name = "--lag-max",
       .value = duration(task.lag_max),
       .help = "Pause the program while more work than this is not stored",
       .usual = "never",
       .group = Group::program,
       .more =
           "It is paused only if the network is too slow, not while the store is out of reach."},
      {.name = "--log-max",
       .value = size(task.log_bytes_max, kLogBytesMin),
       .help = "Output of each attempt to keep for holdfast logs",
       .usual = "16MiB",
       .group = Group::program,
       .more = "Half is kept from the beginning, half from the end."},
      {.name = "--log-every",
       .value = duration(task.log_every, kLogEveryMin),
       .help = "Store new output this often",
       .usual = "20s, in a folder 500ms",
       .group = Group::program,
       .more = "Output is also stored with each checkpoint and at the end. Each time is one write "
               "to the store."},
      {.name = "--snapshot-space",
       .value = size(task.snapshot_space_bytes, kSnapshotSpaceMin),
       .help = "Disk for snapshots of the checkpoint directory",
       .usual = "4 times as much",
       .group = Group::program,
       .more = "If it is not enough, the latest snapshot wins."},
      {.name = "--pass-env",
       .value = names(task.passed_environment),
       .help = "Pass these variables to the program although they may be secret",
       .usual = "none",
       .group = Group::program,
       .more = "Names separated by commas; a name may end with a star, as in AWS_*. Without this "
               "option the program gets all variables except AMQP_URL, AWS_*, HOLDFAST_*, R2_*, "
               "RABBITMQ_* and SALAD_API_*."},
      {.name = "--exclude",
       .value = texts(task.excluded, "GLOB"),
       .help = "Leave files out of checkpoints; repeat it for several",
       .usual = "none",
       .group = Group::program,
       .more = "As in a .gitignore: cache/ is a folder of that name anywhere, /log.txt a file at "
               "the top of the checkpoint directory, *.tmp all such names. A file .holdfastignore "
               "in the checkpoint directory does the same for one program and takes precedence. "
               "Files that are left out are gone when the job resumes."},
      {.name = "--allow-inputs",
       .value = names(task.allowed_inputs),
       .help = "More places that inputs of jobs may come from",
       .usual = "own store only",
       .group = Group::program,
       .more = "s3://BUCKET/PREFIX; https for any public server; https://HOST/PATH, also in the "
               "worker's own network; file:/FOLDER; none: nothing, not even from its own store. "
               "Repeat it, or separate several with commas. holdfast run also takes files of this "
               "machine. See "
               "docs/inputs.md."},
      {.name = "--input-cache",
       .value = size(task.input_cache_bytes, 0),
       .help = "Disk for inputs that are kept for the next jobs",
       .usual = "50GB",
       .group = Group::program,
       .more = "By default at most half of the disk; 0 keeps none. The least recently used files "
               "are removed first."},
      {.name = "--input-cache-dir",
       .value = text(task.input_cache_folder, "DIR", Completes::folder),
       .help = "Where to keep inputs; workers may share it",
       .usual = "next to running jobs",
       .group = Group::program},
      {.name = "--keep",
       .value = number(task.checkpoints_kept, std::size_t{1}, kCheckpointsKeptMax),
       .help = "Number of checkpoints to keep",
       .usual = "3",
       .group = Group::program,
       .more = "The newest two, and older ones at doubling distances. A job that fails repeatedly "
               "steps back to an older one."},
      {.name = "--keep-completed",
       .value = number(task.checkpoints_kept_when_completed, std::size_t{0}, kCheckpointsKeptMax),
       .help = "Number of checkpoints to keep of a completed job",
       .usual = "0",
       .group = Group::program,
       .more = "The others are removed once the result is published. A job without any output "
               "keeps those of --keep."},
      {.name = "--checkpoint-on",
       .value = signals(task.checkpoint_on),
       .help = "Signals that make the worker take a checkpoint now",
       .usual = "none",
       .group = Group::program,
       .more = "For batch systems that warn before they kill, and for you, as in kill -USR1 PID. "
               "Jobs continue. A signal named here does not drain the worker."},
      {.name = "--run-as",
       .value = text(task.run_as, "USER"),
       .help = "Run the program as this user",
       .usual = "the worker's",
       .group = Group::program,
       .more =
           "By name or number, from /etc/passwd; holdfast itself must be root. The program then "
           "cannot read the worker's keys or other jobs. It owns the files of its own job."},
      {.name = "--tty",
       .value = flag(task.terminal),
       .help = "Run the program in a terminal of its own (a pty)",
       .group = Group::program,
       .more = "For programs that buffer their output or do not run without one. Standard input is "
               "the same terminal, but nothing is typed there."},
      {.name = "--drain-on",
       .value = signals(task.drain_on),
       .help = "More signals that make the worker drain",
       .usual = "USR1,USR2,XCPU",
       .group = Group::limits,
       .more = "Batch systems send them some time before they kill. They never end the worker at "
               "once, even if they are repeated. none turns this off."},
      {.name = "--grace",
       .value = duration(task.grace),
       .help = "Time to exit after SIGTERM before the program is killed",
       .usual = "30s",
       .group = Group::limits},
      {.name = "--time-limit",
       .value = duration(task.time_limit),
       .help = "Time that all attempts together may take; then the job is dead",
       .usual = "never",
       .group = Group::limits,
       .more = "Its last checkpoint is kept."},
      {.name = "--stall-after",
       .value = duration(task.stall_after),
       .help = "Stop the program if it is silent for this time",
       .usual = "never",
       .group = Group::limits,
       .more = "A program is silent if it prints nothing, sends no message and asks for no "
               "checkpoint. This counts as a failure."},
      {.name = "--failures-max",
       .value = number(task.failures_max, 1u, kTriesMax),
       .help = "Failures without progress before a job is dead",
       .usual = "3",
       .group = Group::limits},
      {.name = "--attempts-max",
       .value = number(task.attempts_max, 1u, kTriesMax),
       .help = "Attempts without progress before a job is dead",
       .usual = "10",
       .group = Group::limits}};
}

}  // namespace holdfast
