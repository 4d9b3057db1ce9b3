#include "app/command_line/options.h"

#include <map>

#include "app/duration_text.h"
#include "app/usage_error.h"

namespace holdfast {

namespace {

constexpr std::uint32_t kTriesMax = 1'000'000;
constexpr std::size_t kCheckpointsKeptMax = 16;
constexpr const char* kPlaces = "Where";

}  // namespace

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

void add_state(CLI::App& app, std::string& state) {
  app.add_option("--state", state, "The state folder of holdfast run, in place of queue and store")
      ->type_name("DIR")
      ->group(kPlaces);
}

void add_management(CLI::App& app, PlaceOptions& place) {
  add_flag_value(app, place, "--management-url",
                 "The broker's management interface, which knows what is in flight and what "
                 "policies say (default: https://HOST or http://HOST:15672)")
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
             throw UsageError(
                 "--checkpoint-every wants auto or a duration such as 30s, 5m or 2h, "
                 "not '" +
                 text + "'");
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
  add_duration(app, "--lag-max", task.lag_max,
               "Hold the program back while it has done more than this that is not stored because "
               "the line is too slow; an outage holds nobody back (default: never)");
  app.add_option("--snapshot-space", task.snapshot_space_bytes,
                 "Disk that the snapshots of the checkpoint directory may take together, such as "
                 "20GB; the latest wins (default: up to four times the directory)")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/true))
      ->type_name("SIZE");
  add_duration(app, "--grace", task.grace,
               "Between SIGTERM and SIGKILL when the program is stopped (default 30s)");
  add_duration(app, "--time-limit", task.time_limit,
               "Stop the program after so long, keep its checkpoint and call the job dead "
               "(default: never)");
  add_duration(app, "--stall-after", task.stall_after,
               "Stop the program and count a failure if it prints nothing, says nothing and takes "
               "no checkpoint of its own for so long (default: never)");
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

}  // namespace holdfast
