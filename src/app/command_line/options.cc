#include "app/command_line/options.h"

#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "app/command_line/values.h"
#include "app/signals.h"
#include "app/usage_error.h"
#include "core/group.h"
#include "core/index_entry.h"
#include "core/job_input.h"
#include "worker/named_results.h"

namespace holdfast {

namespace {

constexpr std::uint32_t kTriesMax = 1'000'000;
constexpr std::size_t kCheckpointsKeptMax = 16;
constexpr std::uint64_t kSnapshotSpaceMin = 1'000'000;
constexpr std::uint64_t kLogBytesMin = 64 * 1024;
constexpr Duration kLogEveryMin = std::chrono::milliseconds(100);
constexpr Duration kMtbfMin = std::chrono::seconds(1);

Option place_option(PlaceOptions& place, const std::string& name, std::string placeholder,
                    std::string help, std::string more = {},
                    Completes completes = Completes::nothing) {
  return {.name = name,
          .value = setting(place, name, std::move(placeholder), completes),
          .help = std::move(help),
          .group = Group::places,
          .more = std::move(more)};
}

Value log_level(LogLevel& level) {
  const auto word = std::make_shared<std::string>();
  Value value = choice(*word, "LEVEL", {"debug", "info", "warn", "error"});
  value.take = [&level, word, take = value.take](const std::string& typed) {
    std::string problem = take(typed);
    if (!problem.empty()) return problem;
    level = typed == "debug"  ? LogLevel::debug
            : typed == "info" ? LogLevel::info
            : typed == "warn" ? LogLevel::warn
                              : LogLevel::error;
    return problem;
  };
  return value;
}

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

Value names(std::vector<std::string>& to) {
  return {"NAMES", [&to](const std::string& typed) -> std::string {
            for (std::size_t begin = 0; begin <= typed.size();) {
              const std::size_t end = std::min(typed.find(',', begin), typed.size());
              if (end == begin) return "has an empty name in it";
              to.push_back(typed.substr(begin, end - begin));
              begin = end + 1;
            }
            return {};
          }};
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

Value group_name(std::string& to) {
  return {.placeholder = "NAME", .take = [&to](const std::string& typed) -> std::string {
            const std::string wrong = what_is_wrong_with_group(typed);
            if (!wrong.empty()) return "names no group: " + wrong;
            to = typed;
            return {};
          }};
}

Value swept(std::vector<SweptParameter>& to, std::string placeholder,
            std::string (*read)(const std::string&, SweptParameter&)) {
  return {.placeholder = std::move(placeholder),
          .take = [&to, read](const std::string& typed) -> std::string {
            SweptParameter parameter;
            std::string problem = read(typed, parameter);
            if (!problem.empty()) return problem;
            const bool twice = std::any_of(to.begin(), to.end(), [&](const SweptParameter& other) {
              return other.name == parameter.name;
            });
            if (twice) return "names the parameter " + parameter.name + " a second time";
            to.push_back(std::move(parameter));
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

Options env_file(PlaceOptions& place) {
  return {{.name = "--env-file",
           .value = text(place.env_file, "FILE", Completes::file),
           .help = "Read settings from FILE, one KEY=value a line",
           .group = Group::places,
           .more = "An option wins over the environment, and the environment over the file."}};
}

Options ca_file(PlaceOptions& place) {
  return {
      place_option(place, "--ca-file", "FILE", "Further certificate authorities to trust, as PEM",
                   "Beside the system's. SSL_CERT_FILE in the environment replaces the system's.",
                   Completes::file)};
}

Options queue_options(PlaceOptions& place) {
  return together(
      env_file(place), ca_file(place),
      Options{place_option(place, "--queue", "URL",
                           "The broker, amqps://HOST/VHOST; or a local queue, sqlite:DIR",
                           "Else AMQP_URL. Keep a password in --env-file: other users of the "
                           "machine can read command lines."),
              place_option(place, "--job-queue", "NAME", "The queue's name at the broker",
                           "Else JOB_QUEUE.")});
}

Options store_options(PlaceOptions& place) {
  return {place_option(place, "--store", "URL", "The store, s3://BUCKET/PREFIX or file:DIR",
                       "Else R2_BUCKET_NAME. The keys are read from R2_AWS_… or AWS_… variables "
                       "only."),
          place_option(place, "--region", "NAME", "The store's region, where it has regions",
                       "Else AWS_REGION, else us-east-1."),
          place_option(place, "--s3-endpoint", "URL", "The S3 server's address",
                       "Else R2_S3_ENDPOINT_URL or AWS_ENDPOINT_URL.")};
}

Options management_option(PlaceOptions& place) {
  Option option =
      place_option(place, "--management-url", "URL", "The broker's management interface",
                   "It knows how many jobs are in flight, and the policies of queues. "
                   "Usually https://HOST or http://HOST:15672.");
  return {option};
}

Options state_option(std::string& state) {
  return {{.name = "--state",
           .value = text(state, "DIR", Completes::folder),
           .help = "The state folder of holdfast run, in place of queue and store",
           .group = Group::places}};
}

Value state_or_folder(std::vector<std::string>& states, std::string& folder) {
  return {
      .placeholder = "STATES|DIR",
      .take = [&states, &folder](const std::string& typed) -> std::string {
        std::vector<std::string> words;
        const std::string problem = names(words).take(typed);
        const bool all_states =
            problem.empty() && std::all_of(words.begin(), words.end(), [](const auto& word) {
              return job_state_from_text(word).has_value();
            });
        if (all_states) {
          states.insert(states.end(), words.begin(), words.end());
        } else if (std::filesystem::is_directory(typed)) {
          folder = typed;
        } else {
          return "is neither a state (waiting, running, completed, dead, cancelled) nor a folder";
        }
        return {};
      },
      .completes = Completes::folder,
      .repeats = true};
}

Option group_option(std::string& group) {
  return {.name = "--group",
          .value = text(group, "NAME"),
          .help = "The jobs of this group",
          .more =
              "Jobs that were submitted together; their list's file name without its ending, "
              "unless submit or run was told another name."};
}

Options jobs_named(JobsNamed& named) {
  return {
      {.name = "JOB", .value = texts(named.jobs, "JOB", Completes::job), .help = "The jobs' ids"},
      {.name = "--list",
       .value = text(named.list, "FILE", Completes::file),
       .help = "The jobs of this list, as it was submitted or run",
       .more = "Where neither options nor environment name a store, that of FILE.holdfast is "
               "used, in which holdfast run FILE keeps it."},
      group_option(named.group)};
}

Options jobs_given(JobsGiven& given) {
  return {{.name = "JOBS",
           .value = text(given.list, "JOBS", Completes::file),
           .help = "The list of jobs: .csv, .jsonl, or - for standard input"},
          {.name = "--sweep",
           .value = swept(given.sweep, "NAME=VALUES", read_sweep),
           .help = "In place of a list: a job for each value, as lr=1e-3,1e-4",
           .more = "seed=0..19 stands for all from 0 to 19, x=0..100..10 for every tenth. Several "
                   "multiply. A job's id says its values: lr=1e-3:seed=0."},
          {.name = "--array",
           .value = swept(given.sweep, "FIRST-LAST", read_array),
           .help = "As --sweep index=FIRST..LAST",
           .more = "0-100:10 is every tenth. The command's {index} stands for the number."},
          {.name = "--group",
           .value = group_name(given.group),
           .help = "Name the group that the jobs belong to",
           .usual = "the list's name",
           .more = "status, list, cancel, wait, fetch and dead requeue take it. It stands before "
                   "the ids of a sweep, which keeps those of two sweeps apart."},
          {.name = "--dry-run",
           .value = flag(given.dry_run),
           .help = "Print the jobs, one JSON object a line, and do nothing"}};
}

void require_jobs(const JobsGiven& given) {
  if (given.list.empty() && given.sweep.empty()) {
    throw UsageError(
        "say which jobs: a list, JOBS, or the values of parameters, as --sweep lr=1e-3,1e-4 or "
        "--array 0-99");
  }
  if (!given.list.empty() && !given.sweep.empty()) {
    throw UsageError("say which jobs: either the list " + given.list + " or --sweep and --array");
  }
  if (swept_count(given.sweep) > kSweptJobsMax) {
    throw UsageError("the sweep has more than 1,000,000 jobs");
  }
}

Options listen_option(PlaceOptions& place) {
  Option option = place_option(place, "--listen", "ADDRESS",
                               "Serve /healthz and /metrics at PORT or ADDRESS:PORT",
                               "PORT alone is reached from this machine only. Else "
                               "HOLDFAST_LISTEN.");
  option.usual = "nowhere";
  option.group = Group::own;
  return {option};
}

Options unfenced_option(PlaceOptions& place) {
  return {{.name = "--unfenced",
           .value = setting_flag(place, "--unfenced"),
           .help = "Use a store that has no conditional writes",
           .group = Group::places,
           .more = "Two workers may then work on one job and overwrite each other; see "
                   "docs/doctor.md. Else HOLDFAST_UNFENCED=1."}};
}

Options log_level_option(LogLevel& level, const std::string& usual) {
  return {{.name = "--log-level",
           .value = log_level(level),
           .help = "Log from this level on: debug, info, warn or error",
           .usual = usual,
           .group = Group::general}};
}

Options json_option(bool& json, const std::string& help) {
  return {{.name = "--json", .value = flag(json), .help = help, .group = Group::general}};
}

Option input_option(std::vector<std::pair<std::string, std::string>>& inputs,
                    const std::string& local) {
  Value value{"NAME=FROM", [&inputs](const std::string& typed) -> std::string {
                const std::size_t equals = typed.find('=');
                if (equals == std::string::npos) return "is no NAME=FROM, as in data=data/{job_id}";
                const std::string name = input_name(typed.substr(0, equals));
                const std::string wrong = what_is_wrong_with_input_name(name);
                if (!wrong.empty()) return "is no NAME=FROM: " + wrong;
                for (const auto& [other, from] : inputs) {
                  if (other == name) return "names the input \"" + name + "\" a second time";
                }
                inputs.emplace_back(name, typed.substr(equals + 1));
                return {};
              }};
  return {.name = "--input",
          .value = value,
          .help = "Give each job a file or folder, as {input:NAME} in the command",
          .usual = "none",
          .more = "FROM may hold fields of the job, as in inputs/{job_id}.tpr. It is " + local +
                  "; or s3://BUCKET/KEY, s3://BUCKET/PREFIX/, https://HOST/PATH#sha256=DIGEST, "
                  "job:ID/PATH for a result of another job, or file:/PATH on the worker. Repeat "
                  "it for several. See docs/inputs.md."};
}

Options task_options(TaskOptions& task) {
  return {
      {.name = "--chdir",
       .value = text(task.chdir, "DIR", Completes::folder),
       .help = "Run the program in DIR",
       .usual = "as the command needs it",
       .group = Group::program,
       .more =
           "Without it, the program runs where holdfast was started if the command names a file "
           "there, as python3 train.py does, and else in the job's checkpoint directory. "
           "--chdir . is always the first, --chdir checkpoint always the second, for programs "
           "that write where they stand."},
      {.name = "--results",
       .value = patterns(task.results),
       .help = "What is the result, for programs that know no output directory",
       .group = Group::program,
       .more =
           "Patterns with commas between them, as 'out/*.csv,report': looked for in the checkpoint "
           "directory and, where the program runs elsewhere, there among what was changed since "
           "the attempt began. A folder stands for all in it, ** for any number of folders, "
           "{field} for the job's field. Collected when the program has finished, beside what is "
           "in HOLDFAST_OUTPUT_DIR. May be given several times."},
      {.name = "--checkpoint-every",
       .value = checkpoint_interval(task),
       .help = "Checkpoint interval for programs that do not ask; or auto",
       .usual = "5m",
       .group = Group::program,
       .more = "0 takes none. auto chooses the interval that loses least, from what a checkpoint "
               "costs and --mtbf."},
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
       .help = "Hold the program back while more work than this is not stored",
       .usual = "never",
       .group = Group::program,
       .more = "It is held back only where the network is too slow, not while the store is out of "
               "reach."},
      {.name = "--log-max",
       .value = size(task.log_bytes_max, kLogBytesMin),
       .help = "Output of each attempt to keep for holdfast logs",
       .usual = "16MiB",
       .group = Group::program,
       .more = "Half of it is the beginning, half the end."},
      {.name = "--log-every",
       .value = duration(task.log_every, kLogEveryMin),
       .help = "Store new output this often",
       .usual = "20s, in a folder 500ms",
       .group = Group::program,
       .more = "And with each checkpoint, and at the end. Each time is one write to the store."},
      {.name = "--snapshot-space",
       .value = size(task.snapshot_space_bytes, kSnapshotSpaceMin),
       .help = "Disk for snapshots of the checkpoint directory",
       .usual = "4 times as much",
       .group = Group::program,
       .more = "Where it is not enough the latest snapshot wins."},
      {.name = "--pass-env",
       .value = names(task.passed_environment),
       .help = "Variables to give to the program although they may be secret",
       .usual = "none",
       .group = Group::program,
       .more =
           "Names with commas between them; a star ends a beginning, as in AWS_*. Kept back "
           "are AMQP_URL, AWS_*, HOLDFAST_*, R2_*, RABBITMQ_* and SALAD_API_*; the program gets "
           "all others."},
      {.name = "--exclude",
       .value = texts(task.excluded, "GLOB"),
       .help = "Leave files out of checkpoints; repeat it for several",
       .usual = "none",
       .group = Group::program,
       .more = "As in a .gitignore: cache/ is a folder of that name anywhere, /log.txt a file at "
               "the top of the checkpoint directory, *.tmp all such names. A file .holdfastignore "
               "in the checkpoint directory says the same for one program, and counts more. What "
               "is left out is gone when the job resumes."},
      {.name = "--allow-inputs",
       .value = names(task.allowed_inputs),
       .help = "More places that inputs of jobs may come from",
       .usual = "own store only",
       .group = Group::program,
       .more = "s3://BUCKET/PREFIX; https for any public server; https://HOST/PATH, also in the "
               "worker's own network; file:/FOLDER; none: nothing, not even from its own store. "
               "Repeat it, or write commas. holdfast run also takes files of this machine. See "
               "docs/inputs.md."},
      {.name = "--input-cache",
       .value = size(task.input_cache_bytes, 0),
       .help = "Disk for inputs that are kept for the next jobs",
       .usual = "50GB",
       .group = Group::program,
       .more = "At most half of the disk unless you say so; 0 keeps none. What was not used for "
               "longest goes first."},
      {.name = "--input-cache-dir",
       .value = text(task.input_cache_folder, "DIR", Completes::folder),
       .help = "Where inputs are kept; workers may share it",
       .usual = "beside running jobs",
       .group = Group::program},
      {.name = "--keep",
       .value = number(task.checkpoints_kept, std::size_t{1}, kCheckpointsKeptMax),
       .help = "Number of checkpoints to keep",
       .usual = "3",
       .group = Group::program,
       .more =
           "The newest two, and older ones at doubling distances: a job that fails steps back to "
           "them."},
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
       .more = "For batch systems that warn before they kill, and for you: kill -USR1 PID. Jobs go "
               "on. A signal that is named here drains no worker."},
      {.name = "--tty",
       .value = flag(task.terminal),
       .help = "Give the program a terminal to print to",
       .group = Group::program,
       .more = "For programs that print nothing, or all at the end, where there is no terminal. "
               "Their standard input is that terminal too, at which nobody types."},
      {.name = "--drain-on",
       .value = signals(task.drain_on),
       .help = "More signals that make the worker drain",
       .usual = "USR1,USR2,XCPU",
       .group = Group::limits,
       .more = "Batch systems send them some time before they kill. They never end the worker at "
               "once, however often they come. none watches for none."},
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
       .more = "Silent is a program that prints nothing, sends no message and asks for no "
               "checkpoint. It counts as a failure."},
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

Option guides_setting(PlaceOptions& place, const std::string& name, std::string placeholder,
                      std::string help) {
  std::string variable = name.substr(2);
  std::replace(variable.begin(), variable.end(), '-', '_');
  Option option =
      place_option(place, name, std::move(placeholder), std::move(help), "Else " + variable + ".");
  if ("--" + variable != name) option.older_names = {"--" + variable};
  return option;
}

Options salad_options(PlaceOptions& place) {
  Option key = guides_setting(place, "--salad-api-key", "KEY", "The API key at SaladCloud");
  key.more =
      "Keep it as salad_api_key in --env-file: other users of the machine can read command "
      "lines.";
  Option url = guides_setting(place, "--salad-url", "URL", "Another address of SaladCloud's API");
  url.more = "Else HOLDFAST_SALAD_URL.";
  return {guides_setting(place, "--org", "NAME", "The organization at SaladCloud"),
          guides_setting(place, "--project", "NAME", "Its project"),
          guides_setting(place, "--container-group-name", "NAME", "The container group"), key, url};
}

Options fleet_options(PlaceOptions& place) {
  Option program = guides_setting(place, "--fleet-program", "FILE",
                                  "In place of SaladCloud: a program that runs the fleet");
  program.value.completes = Completes::file;
  program.more = "It is called with get, set N or protect ID COST. Else HOLDFAST_FLEET_PROGRAM.";
  return together(salad_options(place), Options{program});
}

}  // namespace holdfast
