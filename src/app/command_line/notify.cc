#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"
#include "app/usage_error.h"
#include "core/job.h"

namespace holdfast {

Option notify_option(std::vector<NotifyTarget>& notify, const std::string& more) {
  return {.name = "--notify",
          .value = notify_target(notify),
          .help = "Send notifications of completed and dead jobs and groups",
          .usual = "nobody",
          .more =
              "https://HOST/PATH gets each notification as a POST of JSON, signed if "
              "HOLDFAST_NOTIFY_KEY is set; exec:COMMAND runs with the JSON on its standard input. "
              "Repeat the option for several. Groups are notified when they have finished. " +
              more + " See docs/notifications.md."};
}

Option allow_notify_option(NotifyRules& rules) {
  return {.name = "--allow-notify",
          .value = notify_rules(rules),
          .help = "Where to send notifications that submitters want",
          .usual = "https",
          .more =
              "https for any public server; https://HOST/PATH or http://HOST/PATH for this server, "
              "also in the worker's own network; none. Repeat it for several."};
}

Command define_notify() {
  const auto options = std::make_shared<NotifyOptions>();
  Command notify{
      .name = "notify",
      .section = Section::see,
      .summary = "Send missed notifications or a test, or turn notifications off",
      .description =
          "Workers send the notifications that --notify of submit, run and work asks for. --missed "
          "sends those that were lost with a worker, or because a receiver was down for too long: "
          "one for each job that ended since then and was not reported. Run it as often as you "
          "like, for example from cron. --off turns notifications off.\n"
          "A command, exec:COMMAND, runs only on the machine where you type it. See "
          "docs/notifications.md.",
      .examples = {"holdfast notify --test --notify https://hooks.example.com/T0/B1",
                   "holdfast notify --missed --env-file worker.env",
                   "holdfast notify --missed --env-file worker.env --group night-17 \\",
                   "    --notify 'exec:./tell.sh' --follow",
                   "holdfast notify --off --env-file worker.env --group night-17",
                   "holdfast notify --off --env-file worker.env job-17"},
      .exit_codes = {{"0", "everything is sent, or there was nothing to send"},
                     {"1", "some could not be sent; run it again"},
                     {"2", "usage"},
                     {"4", "the store is out of reach"},
                     {"128+N", "signal N ended it"}}};
  notify.options = together(
      Options{{.name = "JOB",
               .value = texts(options->jobs, "JOB", Completes::job),
               .help = "With --off: only of these jobs"},
              {.name = "--missed",
               .value = flag(options->missed),
               .help = "Send notifications that were missed"},
              {.name = "--off",
               .value = flag(options->off),
               .help = "Turn off notifications of JOB, of --group, or to --notify",
               .more = "For a job this takes effect at once and stays; its group still sends its "
                       "own notification when it finishes. For a group, workers notice within "
                       "five minutes. A worker that was started with --notify keeps sending until "
                       "it exits."},
              {.name = "--test",
               .value = flag(options->test),
               .help = "Send one test notification to --notify, and say how it went"},
              {.name = "--notify",
               .value = notify_target(options->notify),
               .help = "Also send to this URL or command; may be repeated",
               .usual = "those asked for",
               .more = "A new target gets a notification for every job that has ended, or for "
                       "those of --group."},
              group_option(options->group),
              {.name = "--follow",
               .value = flag(options->follow),
               .help = "Keep sending; with --group until the group has finished"},
              {.name = "--dry-run",
               .value = flag(options->dry_run),
               .help = "Only show what would be sent"},
              allow_notify_option(options->notify_rules)},
      state_option(options->state), queue_options(options->place), store_options(options->place),
      json_option(options->json, "Print one JSON object a line"));
  notify.result = [options](const Words&) -> CommandLine {
    if (options->missed + options->test + options->off != 1) {
      throw UsageError(
          "give one of --missed, --test with --notify URL, or --off with --group NAME");
    }
    if (options->off && options->jobs.empty() && options->group.empty() &&
        options->notify.empty()) {
      throw UsageError(
          "--off needs JOB, --group NAME or --notify URL, to say which notifications to turn off");
    }
    if (!options->jobs.empty() && (!options->off || !options->group.empty())) {
      throw UsageError("jobs are named only with --off, and without --group");
    }
    for (const std::string& job : options->jobs) {
      const std::string wrong = JobId::what_is_wrong(job);
      if (!wrong.empty()) throw UsageError(wrong);
    }
    if (options->test && options->notify.empty()) {
      throw UsageError("--test needs --notify URL, to say where to send the test");
    }
    return *options;
  };
  return notify;
}

}  // namespace holdfast
