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
#include "status/job_list.h"
#include "worker/named_results.h"

namespace holdfast {

namespace {

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

}  // namespace

Options env_file(PlaceOptions& place) {
  return {{.name = "--env-file",
           .value = text(place.env_file, "FILE", Completes::file),
           .help = "Read settings from FILE, one KEY=value a line",
           .group = Group::places,
           .more = "An option wins over the environment, and the environment over the file."}};
}

Options ca_file(PlaceOptions& place) {
  return {place_option(
      place, "--ca-file", "FILE", "Further certificate authorities to trust, as PEM",
      "In addition to the system's. SSL_CERT_FILE in the environment replaces the system's.",
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
          place_option(place, "--region", "NAME", "The store's region, if it has regions",
                       "Else AWS_REGION, else us-east-1."),
          place_option(place, "--s3-endpoint", "URL", "The S3 server's address",
                       "Else R2_S3_ENDPOINT_URL or AWS_ENDPOINT_URL.")};
}

Options management_option(PlaceOptions& place) {
  Option option =
      place_option(place, "--management-url", "URL", "The broker's management interface",
                   "It shows how many jobs are in flight, and the policies of queues. Usually "
                   "https://HOST or http://HOST:15672.");
  return {option};
}

Options state_option(std::string& state) {
  return {{.name = "--state",
           .value = text(state, "DIR", Completes::folder),
           .help = "The state folder of holdfast run, in place of queue and store",
           .group = Group::places}};
}

Value state_or_folder(std::vector<std::string>& states, std::string& folder) {
  return {.placeholder = "STATES|DIR",
          .take = [&states, &folder](const std::string& typed) -> std::string {
            std::vector<std::string> words;
            const std::string problem = names(words).take(typed);
            const bool all_states =
                problem.empty() && std::all_of(words.begin(), words.end(), [](const auto& word) {
                  return word == kUnclaimed || job_state_from_text(word).has_value();
                });
            if (all_states) {
              states.insert(states.end(), words.begin(), words.end());
            } else if (std::filesystem::is_directory(typed)) {
              folder = typed;
            } else {
              return "is neither a state (waiting, running, completed, dead, cancelled, "
                     "unclaimed) nor a folder";
            }
            return {};
          },
          .completes = Completes::states_or_folder,
          .repeats = true};
}

Option group_option(std::string& group) {
  return {.name = "--group",
          .value = text(group, "NAME", Completes::group),
          .help = "The jobs of this group",
          .more =
              "A group is the jobs of one submission. It has the name of their list's file without "
              "its extension, unless --group of submit or run named it."};
}

Options jobs_named(JobsNamed& named) {
  return {
      {.name = "JOB", .value = texts(named.jobs, "JOB", Completes::job), .help = "The jobs' ids"},
      {.name = "--list",
       .value = text(named.list, "FILE", Completes::file),
       .help = "The jobs of this list, as submitted or run",
       .more = "If neither options nor environment name a store, FILE.holdfast is used, the state "
               "folder of holdfast run FILE."},
      group_option(named.group)};
}

Options jobs_given(JobsGiven& given) {
  return {
      {.name = "JOBS",
       .value = text(given.list, "JOBS", Completes::file),
       .help = "The list of jobs: .csv, .jsonl, or - for standard input"},
      {.name = "--sweep",
       .value = swept(given.sweep, "NAME=VALUES", read_sweep),
       .help = "Instead of a list: one job for each value, as lr=1e-3,1e-4",
       .more = "seed=0..19 means all from 0 to 19, x=0..100..10 every tenth. With several, each "
               "combination is a job. A job's id consists of its values: lr=1e-3:seed=0."},
      {.name = "--array",
       .value = swept(given.sweep, "FIRST-LAST", read_array),
       .help = "The same as --sweep index=FIRST..LAST",
       .more = "0-100:10 is every tenth. In the command, write {index} for the number."},
      {.name = "--group",
       .value = group_name(given.group),
       .help = "Name the group that the jobs belong to",
       .usual = "the list's name",
       .more = "status, list, cancel, wait, fetch and dead requeue accept it. The ids of a "
               "sweep begin with it, which keeps the jobs of two sweeps apart."},
      {.name = "--label",
       .value = {.placeholder = "KEY=VALUE",
                 .take = [&given](
                             const std::string& typed) { return read_label(typed, given.labels); }},
       .help = "Give all jobs a further field, such as experiment=baseline",
       .more = "It is a field like those of the list: {KEY} in the command, and KEY in "
               "list --where, list --columns and fetch --table. Repeat it for several."},
      {.name = "--dry-run",
       .value = flag(given.dry_run),
       .help = "Print the jobs, one JSON object a line, and do nothing"}};
}

void require_jobs(const JobsGiven& given) {
  if (given.list.empty() && given.sweep.empty()) {
    throw UsageError(
        "name the jobs: a list, JOBS, or the values of parameters, as in --sweep lr=1e-3,1e-4 or "
        "--array 0-99");
  }
  if (!given.list.empty() && !given.sweep.empty()) {
    throw UsageError("name the jobs either by the list " + given.list +
                     " or by --sweep and --array");
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
                if (equals == std::string::npos)
                  return "is not NAME=FROM, as in data=data/{job_id}";
                const std::string name = input_name(typed.substr(0, equals));
                const std::string wrong = what_is_wrong_with_input_name(name);
                if (!wrong.empty()) return "is not NAME=FROM: " + wrong;
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
          .more = "FROM may contain fields of the job, as in inputs/{job_id}.tpr. It is " + local +
                  "; or s3://BUCKET/KEY, s3://BUCKET/PREFIX/, https://HOST/PATH#sha256=DIGEST, "
                  "job:ID/PATH for a result of another job, or file:/PATH on the worker. Repeat "
                  "it for several. See docs/inputs.md."};
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
