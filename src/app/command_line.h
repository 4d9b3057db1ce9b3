// The command line as plain values: what every command can be told.
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "core/notify_target.h"
#include "core/scaling.h"
#include "submit/labels.h"
#include "submit/sweep.h"

namespace holdfast {

// Where queue and store are, as flags; see app/config.h.
struct PlaceOptions {
  std::map<std::string, std::string> flags;  // By name, as in "--queue".
  std::string env_file;
};

// The jobs that a command is told of.
struct JobsNamed {
  std::vector<std::string> jobs;  // Ids.
  std::string list;               // A file, as it was submitted; empty: none.
  std::string group;              // Empty: none.

  bool none() const { return jobs.empty() && list.empty() && group.empty(); }
};

// The jobs that are to be done: those of a list, or a sweep.
struct JobsGiven {
  std::string list;  // A file, or - for standard input; empty: a sweep.
  std::vector<SweptParameter> sweep;
  std::string group;     // Empty: that of the list or sweep.
  Labels labels;         // Further fields of all.
  bool dry_run = false;  // The jobs are only printed.
};

// How tasks are run and how long a job is tried. What is not given keeps the worker's default.
struct TaskOptions {
  std::optional<Duration> checkpoint_every;
  bool checkpoint_auto = false;
  std::optional<Duration> mtbf;
  std::optional<Duration> checkpoint_pause;
  std::optional<Duration> lag_max;
  std::optional<std::uint64_t> snapshot_space_bytes;
  std::optional<Duration> grace;
  std::optional<Duration> time_limit;
  std::optional<Duration> stall_after;
  std::optional<std::uint32_t> attempts_max;
  std::optional<std::uint32_t> failures_max;
  std::optional<std::size_t> checkpoints_kept;
  std::optional<std::size_t> checkpoints_kept_when_completed;
  std::optional<std::uint64_t> log_bytes_max;
  std::optional<Duration> log_every;
  std::string chdir;  // Empty: as the command needs it.
  // Signals that ask to stop, besides SIGTERM and the like.
  std::vector<int> drain_on = {SIGUSR1, SIGUSR2, SIGXCPU};
  std::vector<int> checkpoint_on;  // Signals that ask for a checkpoint now.
  std::vector<std::string> passed_environment;
  bool terminal = false;             // The program gets one.
  std::string run_as;                // A user; empty: the worker's.
  std::vector<std::string> results;  // Patterns of what is the result, too.
  std::vector<std::string> excluded;
  std::vector<std::string> allowed_inputs;
  std::optional<std::uint64_t> input_cache_bytes;
  std::string input_cache_folder;    // Empty: with the files of running jobs.
  std::vector<std::string> command;  // The program and its arguments.
};

struct RunOptions {
  JobsGiven jobs;
  std::vector<std::pair<std::string, std::string>> inputs;  // Name and template.
  std::size_t slots = 1;
  std::string state;            // Empty: beside the list.
  bool update = false;          // Jobs that were changed in the list.
  bool cancel_removed = false;  // Jobs that were taken out of it.
  std::string to;               // Where results are fetched to at the end; empty: nowhere.
  std::vector<NotifyTarget> notify;
  TaskOptions task;
  LogLevel log_level = LogLevel::error;
  bool json = false;
};

struct SetupOptions {
  PlaceOptions place;
  bool json = false;
};

struct SubmitOptions {
  JobsGiven jobs;
  std::vector<std::pair<std::string, std::string>> inputs;
  bool upload = false;
  PlaceOptions place;
  std::string ledger;           // Empty: beside the list.
  bool update = false;          // Jobs that were changed in the list.
  bool cancel_removed = false;  // Jobs that were taken out of the list.
  bool again = false;           // Also what the ledger says is submitted.
  std::optional<std::uint64_t> max_dead;
  std::vector<NotifyTarget> notify;
  std::optional<Duration> give_up_after;
  bool json = false;
};

struct WorkOptions {
  PlaceOptions place;
  TaskOptions task;
  bool until_empty = false;
  std::optional<Duration> patience;
  std::optional<Duration> watch_every;
  std::optional<Duration> give_up_after;
  std::vector<std::string> self_test;             // A program and its arguments; empty: none.
  std::optional<std::string> foreign_checkpoint;  // Empty: none.
  std::string work_dir;
  std::uint32_t replacements_max = 2;  // By the whole fleet, in an hour.
  std::vector<NotifyTarget> notify;
  NotifyRules notify_rules;
  LogLevel log_level = LogLevel::info;
};

struct StatusOptions {
  std::string job;    // Empty: all jobs.
  std::string group;  // All of this group; empty: all jobs.
  PlaceOptions place;
  std::string state;  // Of `holdfast run`, instead of `place`; empty: not given.
  bool json = false;
  bool watch = false;
  bool queue_only = false;
  bool recount = false;
  std::optional<double> price;  // Dollars for an hour of one slot.
};

struct ListOptions {
  PlaceOptions place;
  std::string state_folder;  // Of `holdfast run`, as above.
  std::vector<std::string> states;
  std::string reason;
  std::string worker;
  std::string text;
  std::string group;
  std::vector<std::string> where;  // FIELD=VALUE, of the jobs' own fields.
  std::string columns;             // Separated by commas; empty: the usual ones.
  std::string sort = "changed";
  std::size_t limit = 50;
  bool json = false;
};

struct LogsOptions {
  PlaceOptions place;
  std::string state;  // As above.
  std::string job;
  bool follow = false;
  std::optional<std::uint64_t> attempt;  // nullopt: the last one.
  bool all_attempts = false;
  std::optional<std::size_t> tail;
  bool times = false;
  bool raw = false;
  bool json = false;
};

struct WhyOptions {
  PlaceOptions place;
  std::string state;  // As above.
  std::string job;
  bool json = false;
};

struct DashboardOptions {
  PlaceOptions place;
  std::string list;   // Of `holdfast run`, or its state folder; empty: not given.
  std::string state;  // As above.
  std::string listen = "127.0.0.1:9310";
  bool allow_actions = false;
  std::optional<double> price;  // Dollars for an hour of one machine.
  std::string group = {};       // Only its jobs; empty: all.
};

struct ReportOptions {
  DashboardOptions source;  // But for what concerns its server.
  std::string html;         // A file; empty: text.
  bool json = false;
};

struct DoctorOptions {
  PlaceOptions place;
  std::vector<std::string> parts;  // broker, store, machine; empty: all.
  std::string work_dir;
  bool json = false;
};

struct AutoscaleOptions {
  PlaceOptions place;
  ScalingPolicy policy;  // But for the sizes, which are settings.
  Duration every = std::chrono::minutes(5);
  bool once = false;
  bool dry_run = false;
  bool json = false;
  LogLevel log_level = LogLevel::info;
};

struct FleetOptions {
  PlaceOptions place;
  bool json = false;
  bool with_jobs = true;
};

struct DeployOptions {
  PlaceOptions place;
  std::string file;  // Empty: none.
  // What the group is to be, by the names of the file.
  std::map<std::string, std::string> wishes;
  bool yes = false;
  bool dry_run = false;
  bool json = false;
};

struct CheckpointOptions {};

struct FinishedOptions {};

struct HealthOptions {
  std::string address;  // Empty: by the settings.
  PlaceOptions place;
};

// Names are those of `dead list`: job ids, or message/… for what is no job.
struct DeadOptions {
  enum class What { list, show, requeue, export_jobs, drop };
  What what = What::list;
  PlaceOptions place;
  std::string state;  // As above.
  std::vector<std::string> names;
  std::string reason;
  std::string group;  // Of requeue.
  bool all = false;
  bool even_cancelled = false;
  std::optional<std::uint64_t> from_generation;  // Of requeue.
  bool json = false;
};

struct CancelOptions {
  PlaceOptions place;
  std::string state;
  JobsNamed named;
  std::optional<Duration> wait;
  bool json = false;
};

struct ForgetOptions {
  PlaceOptions place;
  std::string state;
  JobsNamed named;
  std::optional<Duration> wait;
  bool dry_run = false;
  bool yes = false;
  bool json = false;
};

struct RerunOptions {
  PlaceOptions place;
  std::string state;
  JobsNamed named;
  bool from_checkpoint = false;
  bool json = false;
};

struct ResumeOptions {
  PlaceOptions place;
  std::string group;
  bool json = false;
};

struct FetchOptions {
  PlaceOptions place;
  std::string state;
  JobsNamed named;
  std::string to;  // Empty: no files.
  std::vector<std::string> only;
  bool flat = false;
  std::string table;  // Empty: none.
  bool follow = false;
  bool json = false;
};

struct WaitOptions {
  PlaceOptions place;
  std::string state;
  JobsNamed named;
  std::optional<Duration> timeout;
  bool json = false;
};

struct CollectOptions {
  PlaceOptions place;
  std::string state_folder;
  JobsNamed named;  // None: all jobs of the queue.
  std::optional<Duration> older_than;
  std::vector<std::string> states;  // Empty: completed.
  std::string keep = "results";
  bool dry_run = false;
  bool yes = false;
  bool json = false;
};

struct UsageOptions {
  PlaceOptions place;
  std::string state_folder;
  JobsNamed named;
  std::string by = "state";
  bool json = false;
};

// `holdfast notify`: sends what nobody could, or tries a target out.
struct NotifyOptions {
  PlaceOptions place;
  std::string state;
  std::vector<std::string> jobs;  // Ids; only of these.
  std::string group;              // Empty: all.
  std::vector<NotifyTarget> notify;
  NotifyRules notify_rules;
  bool missed = false;
  bool off = false;
  bool test = false;
  bool follow = false;
  bool dry_run = false;
  bool json = false;
};

struct CheckpointsOptions {
  enum class What { list, restore, prune };
  What what = What::list;
  PlaceOptions place;
  std::string state;
  std::vector<std::string> jobs;
  std::string to;
  std::optional<std::uint64_t> generation;
  bool verify = false;
  bool all = false;
  bool dry_run = false;
  bool json = false;
};

struct SimulateOptions {
  bool from_history = false;
  PlaceOptions place;           // For that.
  std::string state;            // As above.
  std::set<std::string> given;  // Names of the options below that were typed.
  std::uint64_t jobs = 1000;
  Duration job_length = std::chrono::hours(5);
  Duration mtbf = std::chrono::hours(10);
  double checkpoint_gb = 1;
  double uplink_gb_per_hour = 10;
  double downlink_gb_per_hour = 20;
  std::optional<Duration> checkpoint_every;  // nullopt: the best one.
  Duration guide_interval = std::chrono::minutes(30);
  std::uint32_t replicas_min = 0;
  std::uint32_t replicas_max = 250;
  double dollars_per_hour = 0.1;
  Duration decide_every = std::chrono::minutes(5);
  Duration cold_start = std::chrono::minutes(10);
  double restart_cost_seconds = 1;
  std::uint64_t seed = 1;
  bool json = false;
};

// `holdfast complete`: what a shell may offer. The last word is the one that is being typed.
struct CompleteOptions {
  std::vector<std::string> words;
};

// Help or the version: printed, and nothing else is done.
struct TextWanted {
  std::string text;
};

using CommandLine =
    std::variant<TextWanted, RunOptions, SetupOptions, SubmitOptions, WorkOptions, StatusOptions,
                 ListOptions, LogsOptions, WhyOptions, DashboardOptions, ReportOptions,
                 CheckpointOptions, FinishedOptions, HealthOptions, SimulateOptions, DeadOptions,
                 CancelOptions, RerunOptions, ResumeOptions, FetchOptions, WaitOptions,
                 CollectOptions, UsageOptions, CheckpointsOptions, DoctorOptions, CompleteOptions,
                 AutoscaleOptions, FleetOptions, DeployOptions, NotifyOptions, ForgetOptions>;

// `arguments` without the program's own name. Throws UsageError.
CommandLine parse_command_line(const std::vector<std::string>& arguments);

}  // namespace holdfast
