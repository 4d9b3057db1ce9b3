#include "app/command_line.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "app/duration_text.h"
#include "app/help_text.h"
#include "app/usage_error.h"
#include "app/version.h"

namespace holdfast {

namespace {

constexpr std::size_t kSlotsMax = 256;
constexpr std::uint32_t kTriesMax = 1'000'000;
constexpr std::size_t kCheckpointsKeptMax = 16;
constexpr std::size_t kOptionColumn = 34;
constexpr const char* kPlaces = "Where";

using Words = std::vector<std::string>;

// A range that is checked and not shown beside the option.
template <typename Number>
CLI::Validator between(Number least, Number most) {
  return CLI::Range(least, most).description("");
}

CLI::Option* add_flag_value(CLI::App& app, PlaceOptions& place, const std::string& name,
                            const std::string& what) {
  return app
      .add_option_function<std::string>(
          name, [&place, name](const std::string& value) { place.flags[name] = value; }, what)
      ->group(kPlaces);
}

void add_duration(CLI::App& app, const std::string& name, std::optional<Duration>& value,
                  const std::string& what) {
  app.add_option_function<std::string>(
         name,
         [&value, name](const std::string& text) {
           value = parse_duration(text);
           if (!value) {
             throw UsageError(name + " wants a duration such as 500ms, 30s, 5m or 2h, not '" +
                              text + "'");
           }
         },
         what)
      ->type_name("DURATION");
}

void add_env_file(CLI::App& app, PlaceOptions& place) {
  app.add_option("--env-file", place.env_file,
                 "Variables, one KEY=value a line; the environment wins over it")
      ->type_name("FILE")
      ->group(kPlaces);
}

void add_queue(CLI::App& app, PlaceOptions& place) {
  add_env_file(app, place);
  add_flag_value(app, place, "--queue",
                 "amqps://HOST/VHOST, amqp://… or sqlite:DIR; else AMQP_URL. A password does not "
                 "belong on a command line")
      ->type_name("URL");
  add_flag_value(app, place, "--job-queue", "The queue's name at the broker; else JOB_QUEUE")
      ->type_name("NAME");
  add_flag_value(app, place, "--ca-file",
                 "Certificate authorities to trust (PEM); else SSL_CERT_FILE, else the system's")
      ->type_name("FILE");
}

void add_store(CLI::App& app, PlaceOptions& place) {
  add_flag_value(app, place, "--store",
                 "s3://BUCKET, s3://BUCKET/PREFIX or file:DIR; else R2_BUCKET_NAME. Keys come from "
                 "R2_AWS_… or AWS_… variables only")
      ->type_name("URL");
  add_flag_value(app, place, "--s3-endpoint",
                 "The S3 server; else R2_S3_ENDPOINT_URL or AWS_ENDPOINT_URL")
      ->type_name("URL");
}

void add_log_level(CLI::App& app, LogLevel& level) {
  const std::map<std::string, LogLevel> levels = {{"debug", LogLevel::debug},
                                                  {"info", LogLevel::info},
                                                  {"warn", LogLevel::warn},
                                                  {"error", LogLevel::error}};
  app.add_option_function<std::string>(
         "--log-level",
         [&level, levels](const std::string& text) {
           const auto found = levels.find(text);
           if (found == levels.end()) {
             throw UsageError("--log-level wants debug, info, warn or error, not '" + text + "'");
           }
           level = found->second;
         },
         "How much is logged to standard error")
      ->type_name("debug|info|warn|error");
}

void add_task(CLI::App& app, TaskOptions& task) {
  app.add_option_function<std::string>(
         "--checkpoint-every",
         [&task](const std::string& text) {
           task.checkpoint_auto = text == "auto";
           task.checkpoint_every = task.checkpoint_auto ? std::nullopt : parse_duration(text);
           if (!task.checkpoint_auto && !task.checkpoint_every) {
             throw UsageError("--checkpoint-every wants auto or a duration such as 30s, 5m or 2h, "
                              "not '" + text + "'");
           }
         },
         "Take a checkpoint so often while the program does not ask for one itself; 0: never; "
         "auto: as often as loses least, from what a checkpoint takes and --mtbf (default 5m)")
      ->type_name("auto|DURATION");
  add_duration(app, "--mtbf", task.mtbf,
               "Mean time between interruptions of a worker, for --checkpoint-every auto "
               "(default 10h)");
  add_duration(app, "--checkpoint-pause", task.checkpoint_pause,
               "Store checkpoints at most this often; the latest wins (default 1s)");
  add_duration(app, "--grace", task.grace,
               "Between SIGTERM and SIGKILL when the program is stopped (default 30s)");
  app.add_option("--failures-max", task.failures_max,
                 "A job is dead after so many failures without progress (default 3)")
      ->check(between(1u, kTriesMax))
      ->type_name("N");
  app.add_option("--attempts-max", task.attempts_max,
                 "A job is dead after so many attempts without progress (default 10)")
      ->check(between(1u, kTriesMax))
      ->type_name("N");
  app.add_option("--keep", task.checkpoints_kept, "How many checkpoints are kept (default 2)")
      ->check(between(std::size_t{1}, kCheckpointsKeptMax))
      ->type_name("N");
}

void require_command(const std::string& name, const TaskOptions& task, bool dashes) {
  if (!task.command.empty()) return;
  throw UsageError(dashes ? "there is no program behind the --; write: holdfast " + name +
                                " … -- PROGRAM ARGUMENTS"
                          : "which program shall run? Write it at the end, behind two dashes: "
                            "holdfast " +
                                name + " … -- PROGRAM ARGUMENTS");
}

// Everything that can be typed, and what it means.
class Parser {
 public:
  Parser() {
    app_.require_subcommand(0, 1);
    app_.set_help_flag();
    app_.add_flag("-h,--help", help_wanted_, "This text");
    app_.add_flag("--version", version_wanted_, "The version");
    define_run();
    define_setup();
    define_submit();
    define_work();
    define_status();
    define_checkpoint();
    version_ = app_.add_subcommand("version", "Prints the version");
    for (CLI::App* command : app_.get_subcommands({})) {
      command->set_help_flag("-h,--help", "This text");
      command->get_formatter()->column_width(kOptionColumn);
    }
  }

  CommandLine parse(const Words& words, const Words& command, bool dashes) {
    Words reversed(words.rbegin(), words.rend());  // As the library wants them.
    try {
      app_.parse(reversed);
    } catch (const CLI::CallForHelp&) {
      return TextWanted{command_help()};
    } catch (const CLI::ParseError& error) {
      throw UsageError(sentence(error, words));
    }
    return result(command, dashes);
  }

 private:
  void define_run() {
    run_ = app_.add_subcommand("run", "Works a list of jobs off on this machine");
    run_->add_option("JOBS", run_options_.jobs, "The list: .csv, .jsonl, or - (either)")
        ->required();
    run_->add_option("--slots", run_options_.slots,
                     "How many jobs run at the same time (default 1)")
        ->check(between(std::size_t{1}, kSlotsMax))
        ->type_name("N");
    run_->add_option("--state", run_options_.state,
                     "Where queue, checkpoints and results are kept (default: JOBS.holdfast)")
        ->type_name("DIR");
    add_task(*run_, run_options_.task);
    add_log_level(*run_, run_options_.log_level);
    run_->footer(std::string(help::kRun));
  }

  void define_setup() {
    setup_ = app_.add_subcommand("setup", "Makes the queues, or says what differs");
    add_queue(*setup_, setup_options_.place);
    setup_->footer(std::string(help::kSetup));
  }

  void define_submit() {
    submit_ = app_.add_subcommand("submit", "Sends the jobs of a list to the queue");
    submit_->add_option("JOBS", submit_options_.jobs, "The list: .csv, .jsonl, or - (either)")
        ->required();
    submit_
        ->add_option("--ledger", submit_options_.ledger,
                     "What is submitted already (default: JOBS.submitted)")
        ->type_name("FILE");
    submit_->add_flag("--again", submit_options_.again,
                      "Send all jobs, also those that are submitted already");
    add_duration(*submit_, "--give-up-after", submit_options_.give_up_after,
                 "How long a broker may be out of reach (default 5m; 30s before the first answer)");
    add_queue(*submit_, submit_options_.place);
    submit_->footer(std::string(help::kSubmit));
  }

  void define_work() {
    work_ = app_.add_subcommand("work", "A worker: runs one job after the other");
    work_->add_flag("--until-empty", work_options_.until_empty, "End when no job is left");
    add_task(*work_, work_options_.task);
    add_duration(*work_, "--patience", work_options_.patience,
                 "How long to wait for an answer of a job's earlier owner (default 6s, 45s for a "
                 "job that was submitted twice)");
    add_duration(*work_, "--watch-every", work_options_.watch_every,
                 "Look so often whether somebody else asks for our job (default 15s)");
    work_
        ->add_option("--foreign-checkpoint", work_options_.foreign_checkpoint,
                     "The file that another program left as its checkpoint, or none (default "
                     "checkpoint.json)")
        ->type_name("NAME");
    work_
        ->add_option("--work-dir", work_options_.work_dir,
                     "Where the running job has its files (default: below /var/tmp/holdfast)")
        ->type_name("DIR");
    add_log_level(*work_, work_options_.log_level);
    add_queue(*work_, work_options_.place);
    add_store(*work_, work_options_.place);
    add_flag_value(*work_, work_options_.place, "--worker",
                   "This worker's id; else SALAD_MACHINE_ID, else a new one")
        ->type_name("ID");
    work_->footer(std::string(help::kWork));
  }

  void define_status() {
    status_ = app_.add_subcommand("status", "Counts of all jobs, or one job");
    status_->add_option("JOB", status_options_.job, "A job's id");
    status_->add_flag("--json", status_options_.json, "For programs");
    status_->add_flag("--watch", status_options_.watch, "Look again every two seconds");
    status_->add_flag("--queue-only", status_options_.queue_only,
                      "Ask the queue only: quick however many jobs there are");
    status_->add_option("--state", status_options_.state, "The state folder of holdfast run")
        ->type_name("DIR");
    add_queue(*status_, status_options_.place);
    add_store(*status_, status_options_.place);
    add_flag_value(*status_, status_options_.place, "--management-url",
                   "The broker's management interface, which knows what is in flight (default: "
                   "https://HOST or http://HOST:15672)")
        ->type_name("URL");
    status_->footer(std::string(help::kStatus));
  }

  void define_checkpoint() {
    checkpoint_ = app_.add_subcommand("checkpoint", "Inside a job: take a checkpoint now");
    checkpoint_->footer(std::string(help::kCheckpoint));
  }

  CommandLine result(const Words& command, bool dashes) {
    if (version_wanted_ || version_->parsed()) return TextWanted{"holdfast " + version() + "\n"};
    if (run_->parsed() || work_->parsed()) {
      TaskOptions& task = run_->parsed() ? run_options_.task : work_options_.task;
      task.command = command;
      require_command(run_->parsed() ? "run JOBS" : "work", task, dashes);
      if (run_->parsed()) return run_options_;
      return work_options_;
    }
    if (dashes) throw UsageError("only run and work take a program behind two dashes");
    if (setup_->parsed()) return setup_options_;
    if (submit_->parsed()) return submit_options_;
    if (status_->parsed()) return status_options_;
    if (checkpoint_->parsed()) return CheckpointOptions{};
    return TextWanted{std::string(help::kFirstScreen)};
  }

  std::string command_help() const {
    const auto parsed = app_.get_subcommands();
    if (parsed.empty()) return std::string(help::kFirstScreen);
    std::string text = parsed.front()->help("holdfast");
    if (parsed.front() != run_ && parsed.front() != work_) return text + "\n";
    const std::size_t usage = text.find("Usage: ");
    const std::size_t end = text.find('\n', usage);
    return text.insert(end, " -- PROGRAM ARGUMENTS…") + "\n";
  }

  // The library's own words, and what helps in the usual cases.
  std::string sentence(const CLI::ParseError& error, const Words& words) const {
    const auto parsed = app_.get_subcommands();
    if (parsed.empty()) {
      const auto unknown = std::find_if(words.begin(), words.end(), [](const std::string& word) {
        return !word.starts_with('-');
      });
      const std::string what = unknown == words.end() ? words.front() : *unknown;
      return "there is no command '" + what +
             "'; holdfast knows run, setup, submit, work, status, checkpoint and version "
             "(holdfast --help shows each)";
    }
    const std::string name = parsed.front()->get_name();
    std::string text = "holdfast " + name + ": " + error.what();
    const bool extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
    if (extras && (name == "run" || name == "work")) {
      text += "; the program to run is written behind two dashes: holdfast " + name +
              (name == "run" ? " JOBS" : "") + " … -- PROGRAM ARGUMENTS";
    } else {
      text += "; see holdfast " + name + " --help";
    }
    return text;
  }

  CLI::App app_{"", "holdfast"};
  bool help_wanted_ = false;
  bool version_wanted_ = false;
  CLI::App* run_ = nullptr;
  CLI::App* setup_ = nullptr;
  CLI::App* submit_ = nullptr;
  CLI::App* work_ = nullptr;
  CLI::App* status_ = nullptr;
  CLI::App* checkpoint_ = nullptr;
  CLI::App* version_ = nullptr;
  RunOptions run_options_;
  SetupOptions setup_options_;
  SubmitOptions submit_options_;
  WorkOptions work_options_;
  StatusOptions status_options_;
};

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
  // What is behind the dashes belongs to another program: the library must not look at it.
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  const Words ours(arguments.begin(), dashes);
  Words command;
  if (dashes != arguments.end()) command.assign(dashes + 1, arguments.end());
  return Parser().parse(ours, command, dashes != arguments.end());
}

}  // namespace holdfast
