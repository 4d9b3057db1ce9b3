// holdfast dead: the jobs that were set aside. list, show, requeue, export, drop.
#include <unistd.h>

#include <algorithm>

#include "app/commands/commands.h"
#include "app/commands/named_jobs.h"
#include "app/commands/places.h"
#include "app/commands/wished_jobs.h"
#include "app/config.h"
#include "app/exit_codes.h"
#include "app/person.h"
#include "app/table.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/wiring.h"
#include "base/log.h"
#include "base/utf8.h"
#include "core/fleet_layout.h"
#include "core/text.h"
#include "operate/dead_letter_view.h"
#include "operate/drop.h"
#include "operate/operate_json.h"
#include "operate/redrive.h"
#include "status/job_status.h"
#include "tasklog/log_reader.h"

namespace holdfast {

namespace {

constexpr Duration kRead = std::chrono::seconds(30);
// What a terminal is told; programs get all.
constexpr std::size_t kRowsMax = 10'000;
constexpr std::size_t kOutputLinesShown = 40;
constexpr std::size_t kOutputLinesTold = 1000;

DeadLetterChoice choice_of(const DeadOptions& options) {
  DeadLetterChoice choice;
  choice.names = {options.names.begin(), options.names.end()};
  choice.reason = options.reason;
  choice.all = options.all;
  return choice;
}

// Visits every letter until `visit` says that it has seen enough. The signal that ended it early;
// 0 if none did.
int each_letter(DeadLetters& letters, const CommandContext& context,
                const std::function<bool(const DeadLetter&, const DeadLetterView&)>& visit) {
  for (;;) {  // Ends with the letters.
    if (const auto signal = context.signals.take()) return *signal;
    const auto letter = letters.next(context.clock.now() + kRead);
    if (!letter || !visit(*letter, view_of(*letter))) return 0;
  }
}

int list_letters(const DeadOptions& options, DeadLetters& letters, const CommandContext& context) {
  std::vector<TableRow> rows;
  std::uint64_t count = 0;
  const int signal =
      each_letter(letters, context, [&](const DeadLetter& letter, const DeadLetterView& view) {
        if (!options.reason.empty() && options.reason != view.reason) return true;
        count += 1;
        if (options.json) {
          print(to_json(view, letter) + "\n");
        } else if (rows.size() < kRowsMax) {
          rows.push_back(
              {view.name, view.reason, view.attempts, view.worker, view.when, view.error});
        }
        return true;
      });
  if (signal != 0) return kExitSignalBase + signal;
  if (options.json) return kExitDone;
  if (count == 0) {
    say(options.reason.empty() ? "No job is dead.\n"
                               : "No job is dead with the reason " + options.reason + ".\n");
    return kExitDone;
  }
  constexpr std::size_t kWhen = 4;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const TableRow& a, const TableRow& b) { return a[kWhen] < b[kWhen]; });
  const bool terminal = is_terminal(STDOUT_FILENO);
  print(table({"JOB", "REASON", "ATTEMPTS", "WORKER", "WHEN", "ERROR"}, rows,
              terminal ? std::optional(terminal_width(STDOUT_FILENO)) : std::nullopt));
  if (count > rows.size()) say("and " + grouped(count - rows.size()) + " more; --json shows all\n");
  return kExitDone;
}

std::string letter_text(const DeadLetter& letter, const DeadLetterView& view) {
  std::string text = "Dead letter " + view.name;
  const auto line = [&text](const std::string& name, const std::string& value) {
    if (!value.empty()) text += "\n  " + name + std::string(13 - name.size(), ' ') + value;
  };
  line("reason", visible_line(view.reason));
  line("error", visible_line(view.error));
  line("worker", visible_line(view.worker));
  line("attempts", visible_line(view.attempts));
  line("when", visible_line(view.when));
  line("message id", visible_line(letter.message_id));
  line("message", visible_line(cut_to_width(letter.body, 1000)));
  if (!letter.whole) line("read", "only the beginning; the message is too long");
  return text + "\n";
}

std::string output_text(const LogEnd& output, const std::string& job) {
  std::string text = "The end of what attempt " + std::to_string(output.attempt.value) + " printed";
  if (!output.whole) text += " (all of it: holdfast logs " + job + ")";
  text += ":\n";
  for (const std::string& line : output.lines) text += "  | " + visible_line(line) + "\n";
  return text;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

void show_letter(const DeadLetter& letter, const DeadLetterView& view, Store& store, bool json,
                 const Clock& clock) {
  std::optional<JobStatus> status;
  std::optional<LogEnd> output;
  std::string damage;
  try {
    if (view.job) status = look_at_job(store, clock, *view.job);
    if (status && status->newest) {
      output = end_of_log(store, clock, *view.job, status->newest->attempt,
                          json ? kOutputLinesTold : kOutputLinesShown);
    }
  } catch (const Error& error) {
    // Then this is why it is dead.
    if (error.kind() != ErrorKind::corrupt) throw;
    damage = error.what();
  }
  if (json) {
    print(R"({"letter":)" + to_json(view, letter) + R"(,"status":)" +
          (status ? to_json(*status) : "null") + R"(,"output":)" +
          (output ? json_text(joined(output->lines)) : "null") + R"(,"message":)" +
          json_text(letter.body) + "}\n");
    return;
  }
  print(letter_text(letter, view));
  if (status) print(for_people(*status));
  if (!damage.empty()) print("  the job's log cannot be read: " + damage + "\n");
  if (output) print(output_text(*output, view.name));
}

int show_letters(const DeadOptions& options, DeadLetters& letters, const Settings& settings,
                 const CommandContext& context) {
  StoreStack store(existing_store(settings), context.clock);
  const std::string& name = options.names.front();
  bool found = false;
  const int signal =
      each_letter(letters, context, [&](const DeadLetter& letter, const DeadLetterView& view) {
        found = view.name == name;
        if (found) show_letter(letter, view, store.store(), options.json, context.clock);
        return !found;
      });
  if (signal != 0) return kExitSignalBase + signal;
  if (found) return kExitDone;
  say("There is no dead letter of " + name + "; holdfast dead list shows all of them, " +
      "holdfast status " + name + " the state of the job.\n");
  return kExitNotAll;
}

void tell_requeued(const RedriveNews& news) {
  switch (news.outcome) {
    case Redriven::requeued:
      print(news.name + ": back in the queue\n");
      return;
    case Redriven::completed_already:
      say(news.name + ": is already completed; its leftover dead letter was removed\n");
      return;
    case Redriven::forgotten:
      say(news.name + ": was forgotten; its leftover dead letter was removed\n");
      return;
    case Redriven::was_cancelled:
      say(news.name + ": unchanged, a person cancelled it; --even-cancelled requeues it\n");
      return;
    case Redriven::no_such_checkpoint:
      say(news.name +
          ": unchanged, no checkpoint of that generation is kept; holdfast checkpoints list " +
          news.name + " shows the kept ones\n");
      return;
    case Redriven::not_dead:
      say(news.name +
          ": unchanged, it is no longer dead; --from-generation works only for dead jobs\n");
      return;
    case Redriven::without_message:
      say(news.name +
          ": may run again, but the store has no copy of its message, because no worker had seen "
          "the job. Unless its message still waits in the queue, submit it again: holdfast submit "
          "LIST --again\n");
      return;
    case Redriven::damaged:
      say(news.name + ": left alone, because " + news.detail + "\n");
      return;
  }
}

void require_choice(const DeadOptions& options) {
  const int ways = (options.all ? 1 : 0) + (options.reason.empty() ? 0 : 1) +
                   (options.names.empty() ? 0 : 1) + (options.group.empty() ? 0 : 1);
  if (ways == 1) return;
  throw UsageError("name the dead jobs: their ids, --reason WORD, --group NAME or --all");
}

int requeue_letters(const DeadOptions& options, DeadLetters& letters, const QueueConfig& queue,
                    const Settings& settings, const CommandContext& context) {
  require_choice(options);
  StoreStack store(existing_store(settings), context.clock, FleetLayout(queue_name(queue)));
  const auto publisher = make_publisher(queue, "holdfast dead", context.clock);
  WishedJobs wished(store.store(), context.clock, FleetLayout(queue_name(queue)));
  std::optional<int> signal;
  RedriveWishes wishes;
  wishes.choice = choice_of(options);
  if (!options.group.empty()) {
    QueueIndex index(options.place, options.state, context.clock);
    wishes.choice.among = jobs_of_group(index, context.clock, options.group);
    wishes.choice.all = true;
  }
  wishes.cancelled = options.even_cancelled ? CancelledJobs::come_back : CancelledJobs::stay;
  wishes.from.value = options.from_generation.value_or(0);
  wishes.by = this_person();
  wishes.tell = [&](const RedriveNews& news) {
    if (options.json) return print(to_json(news) + "\n");
    tell_requeued(news);
  };
  wishes.stop = [&] {
    if (!signal) signal = context.signals.take();
    return signal.has_value();
  };
  const RedriveSummary summary =
      redrive({letters, *publisher, store.store(), context.clock,
               [&](const std::string& job) { return wished.headers_of(job); }},
              wishes);
  if (!options.json) {
    say(grouped(summary.requeued) + (summary.requeued == 1 ? " job" : " jobs") +
        " back in the queue" +
        (summary.left_alone > 0 ? ", " + grouped(summary.left_alone) + " left alone" : "") + "\n");
  }
  if (signal) return kExitSignalBase + *signal;
  for (const std::string& name : summary.missing) {
    if (options.json) {
      print(to_json(RedriveNews{name, Redriven::not_dead, {}}) + "\n");
    } else {
      say(name + ": is not dead; holdfast status " + name + " shows its state\n");
    }
  }
  return summary.missing.empty() && summary.left_alone == 0 ? kExitDone : kExitNotAll;
}

int export_letters(const DeadOptions& options, DeadLetters& letters,
                   const CommandContext& context) {
  DeadLetterChoice choice = choice_of(options);
  choice.all = choice.names.empty() && choice.reason.empty();
  std::set<std::string> missing = choice.names;
  std::uint64_t no_jobs = 0;
  bool all_whole = true;
  const int signal =
      each_letter(letters, context, [&](const DeadLetter& letter, const DeadLetterView& view) {
        // What was cut off may be a job.
        const bool meant = chosen(choice, view) || (choice.all && !letter.whole);
        if (!meant) {
          if (!view.job && choice.all) no_jobs += 1;
          return true;
        }
        missing.erase(view.name);
        if (const auto text = exported(letter, view)) {
          print(*text);
        } else {
          say(view.name + ": left out, because its message is too long to be read completely\n");
          all_whole = false;
        }
        return true;
      });
  if (signal != 0) return kExitSignalBase + signal;
  if (no_jobs > 0) {
    say(grouped(no_jobs) + (no_jobs == 1 ? " message is" : " messages are") +
        " not a job and left out; to export one, give its name from holdfast dead list\n");
  }
  for (const std::string& name : missing) say(name + ": has no dead letter\n");
  return missing.empty() && all_whole ? kExitDone : kExitNotAll;
}

int drop_letters(const DeadOptions& options, DeadLetters& letters, const Settings& settings,
                 const CommandContext& context) {
  require_choice(options);
  StoreStack store(existing_store(settings), context.clock);
  const DeadLetterChoice choice = choice_of(options);
  std::set<std::string> missing = choice.names;
  bool all_gone = true;
  const int signal =
      each_letter(letters, context, [&](const DeadLetter&, const DeadLetterView& view) {
        if (!chosen(choice, view)) return true;
        missing.erase(view.name);
        if (const auto why = why_not_dropped(view, store.store(), context.clock)) {
          if (options.json) {
            print(drop_json(view.name, "kept", *why) + "\n");
          } else {
            say(view.name + ": its dead letter stays, because " + *why + "\n");
          }
          all_gone = false;
          return true;
        }
        letters.remove(context.clock.now() + kRead);
        print(options.json ? drop_json(view.name, "dropped", "") + "\n"
                           : view.name + ": its dead letter was removed\n");
        return true;
      });
  if (signal != 0) return kExitSignalBase + signal;
  for (const std::string& name : missing) {
    if (options.json) {
      print(drop_json(name, "not_found", "") + "\n");
    } else {
      say(name + ": has no dead letter\n");
    }
  }
  return missing.empty() && all_gone ? kExitDone : kExitNotAll;
}

}  // namespace

int dead_jobs(const DeadOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  const Settings settings = settings_of(options.place, options.state);
  const QueueConfig queue = existing_queue(settings);
  require_queue(queue, context.clock);
  const auto letters = make_dead_letters(queue, context.clock);
  switch (options.what) {
    case DeadOptions::What::list:
      return list_letters(options, *letters, context);
    case DeadOptions::What::show:
      return show_letters(options, *letters, settings, context);
    case DeadOptions::What::requeue:
      return requeue_letters(options, *letters, queue, settings, context);
    case DeadOptions::What::export_jobs:
      return export_letters(options, *letters, context);
    case DeadOptions::What::drop:
      return drop_letters(options, *letters, settings, context);
  }
  return kExitUsage;
}

}  // namespace holdfast
