#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

Command define_fetch() {
  const auto options = std::make_shared<FetchOptions>();
  Command fetch{
      .name = "fetch",
      .section = Section::data,
      .summary = "Fetch the results of jobs into a folder, each file verified",
      .description =
          "Files go to DIR/JOB/, with the mode and time that the program gave them. Each is "
          "checked against the digest of what the program wrote, and appears under its name whole "
          "or not at all. Files that are already there are not fetched again; a file that differs "
          "is replaced. Safe to interrupt: run it again to continue.\n"
          "Nothing is written outside DIR, and nothing through a symbolic link below it.",
      .examples = {"holdfast fetch --env-file worker.env --list jobs.csv --to results",
                   "holdfast fetch --env-file worker.env --list jobs.csv --to results --follow",
                   "holdfast fetch --state jobs.csv.holdfast job-17 --to . --only '*.csv'",
                   "holdfast fetch --list jobs.csv --table results.csv"},
      .exit_codes = {{"0", "all results are there"},
                     {"1", "some jobs have no result, or some files could not be fetched"},
                     {"2", "usage"},
                     {"4", "the store or the disk cannot be used; run it again to continue"},
                     {"128+N", "signal N ended it; run it again to continue"}}};
  fetch.options = together(
      jobs_named(options->named),
      Options{{.name = "--to",
               .value = text(options->to, "DIR", Completes::folder),
               .help = "The folder to fetch into; it is made if it is missing"},
              {.name = "--only",
               .value = {.placeholder = "GLOB",
                         .take = [options](const std::string& typed) -> std::string {
                           if (typed.empty()) return "is empty and matches no file";
                           options->only.push_back(typed);
                           return {};
                         },
                         .repeats = true},
               .help = "Fetch only files whose path or name matches, as '*.csv'",
               .more = "May be given several times. A star also stands for slashes."},
              {.name = "--flat",
               .value = flag(options->flat),
               .help = "Name files DIR/JOB-PATH, with a - for each slash"},
              {.name = "--follow",
               .value = flag(options->follow),
               .help = "Fetch results as jobs complete, until all have ended"},
              {.name = "--table",
               .value = text(options->table, "FILE", Completes::file),
               .help = "Write jobs and their small results into one CSV file",
               .more = "One row for each job: its id, its state, its fields, and the values in its "
                       "small results (JSON objects and files with a single value). --only selects "
                       "the files. Without --to nothing else is fetched."}},
      state_option(options->state), queue_options(options->place), store_options(options->place),
      json_option(options->json, "Print one JSON object a line"));
  fetch.result = [options](const Words&) -> CommandLine { return *options; };
  return fetch;
}

Command define_wait() {
  const auto options = std::make_shared<WaitOptions>();
  Command wait{.name = "wait",
               .section = Section::start,
               .summary = "Wait until jobs have ended",
               .description =
                   "Prints a line for each job when it ends. It also waits for jobs that no worker "
                   "has taken yet, and during an outage of the store.",
               .examples = {"holdfast wait --env-file worker.env --list jobs.csv && ./report.sh",
                            "holdfast wait --state jobs.csv.holdfast job-17 --timeout 2h"},
               .exit_codes = {{"0", "all are completed"},
                              {"1", "all have ended, and some are dead or cancelled"},
                              {"2", "usage"},
                              {"4", "the store refuses access"},
                              {"124", "--timeout came first"},
                              {"128+N", "signal N ended the wait"}}};
  wait.options = together(jobs_named(options->named),
                          Options{{.name = "--timeout",
                                   .value = duration(options->timeout),
                                   .help = "Give up after this time",
                                   .usual = "never"}},
                          state_option(options->state), queue_options(options->place),
                          store_options(options->place),
                          json_option(options->json, "Print one JSON object a line"));
  wait.result = [options](const Words&) -> CommandLine { return *options; };
  return wait;
}

}  // namespace holdfast
