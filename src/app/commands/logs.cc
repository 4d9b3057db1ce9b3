// holdfast logs: what a job's program printed.
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <functional>
#include <optional>

#include <nlohmann/json.hpp>

#include "app/commands/commands.h"
#include "app/commands/places.h"
#include "app/exit_codes.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/wiring.h"
#include "base/log.h"
#include "base/utf8.h"
#include "base/wall_time.h"
#include "core/dead_reason.h"
#include "core/ending.h"
#include "core/text.h"
#include "joblog/job_log.h"
#include "tasklog/log_reader.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

constexpr Duration kRead = std::chrono::seconds(30);
constexpr Duration kLookEvery = std::chrono::seconds(4);
constexpr Duration kLookEveryHere = std::chrono::milliseconds(200);
// More attempts than this leave no log.
constexpr std::uint64_t kAttemptsBackMax = 100;

std::string time_text(std::int64_t milliseconds) {
  constexpr std::int64_t kThousand = 1000;
  const WallTime time{std::chrono::milliseconds(milliseconds)};
  std::string text = to_text(time);
  const std::string part = std::to_string(kThousand + milliseconds % kThousand).substr(1);
  return text.insert(text.size() - 1, "." + part);
}

// What a terminal shows of a line that a program drew again and again: the last.
std::string_view last_drawn(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  line.remove_prefix(line.rfind('\r') + 1);
  return line;
}

class Printer {
 public:
  explicit Printer(const LogsOptions& options)
      : options_(options), shown_(!options.raw && is_terminal(STDOUT_FILENO)) {}

  void begin(AttemptNumber attempt) {
    attempt_ = attempt;
    const bool several = options_.all_attempts || options_.follow;
    if (several && begun_ && !options_.json) {
      say("--- attempt " + std::to_string(attempt.value) + "\n");
    }
    begun_ = true;
  }

  void operator()(const LogLine& line) {
    if (options_.json) return print(json_line(line));
    std::string text = std::exchange(in_a_line_, false) ? "\n" : "";
    if (line.left_out_bytes > 0) {
      text += "[holdfast: " + grouped(line.left_out_bytes) + " bytes are left out here]\n";
      return print_drawn(text);
    }
    if (options_.times && line.milliseconds) text += time_text(*line.milliseconds) + "  ";
    text += shown_ ? visible_line(last_drawn(line.text)) : line.text;
    in_a_line_ = !line.whole && !shown_;
    if (!in_a_line_) text += '\n';
    print_drawn(text);
  }

 private:
  std::string json_line(const LogLine& line) const {
    Json json = {{"attempt", attempt_.value}};
    if (line.left_out_bytes > 0) {
      json["left_out_bytes"] = line.left_out_bytes;
    } else {
      json["time"] = line.milliseconds ? Json(time_text(*line.milliseconds)) : Json(nullptr);
      json["text"] = line.text;
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }

  const LogsOptions& options_;
  const bool shown_;  // To a person, with nothing that a terminal obeys.
  AttemptNumber attempt_;
  bool begun_ = false;
  bool in_a_line_ = false;
};

class Look {
 public:
  Look(const LogsOptions& options, const JobId& id, const StoreConfig& place,
       const CommandContext& context)
      : options_(options),
        id_(id),
        context_(context),
        store_(place, context.clock),
        reader_(store_.store(), context.clock, id),
        log_(store_.store(), context.clock, id),
        printer_(options),
        every_(std::holds_alternative<FolderStoreConfig>(place) ? kLookEveryHere : kLookEvery) {}

  int run() {
    if (!begun()) return kExitNotAll;
    const AttemptNumber newest = log_.newest()->attempt;
    if (options_.attempt && *options_.attempt > newest.value) {
      return tell_nothing("has had " + grouped(newest.value) +
                          (newest.value == 1 ? " attempt" : " attempts"));
    }
    if (options_.all_attempts) {
      const std::uint64_t before = newest.value - std::min(newest.value, kAttemptsBackMax);
      for (std::uint64_t one = before + 1; one <= newest.value; ++one) {
        const bool last = one == newest.value;
        if (!(last && options_.follow)) show({one});
      }
    } else {
      first_ = options_.attempt ? AttemptNumber{*options_.attempt} : last_with_output(newest);
      if (!options_.follow) show(first_);
    }
    if (options_.follow) return follow();
    return any_ ? kExitDone : tell_nothing(nothing_text(newest));
  }

 private:
  // A job that no worker has taken has no log; who follows it waits. False: there is nothing.
  bool begun() {
    if (log_.read(context_.clock.now() + kRead)) return true;
    say("No worker has taken a job " + id_.text() +
        " yet, or no such job was submitted, so it has printed nothing.\n");
    if (!options_.follow) return false;
    say("Waiting for it to start; press Ctrl-C to stop waiting.\n");
    while (!log_.read(context_.clock.now() + kRead)) wait();
    return true;
  }

  std::string nothing_text(AttemptNumber newest) const {
    if (options_.attempt) {
      return "has no output of attempt " + grouped(*options_.attempt) + " in the store";
    }
    if (newest.value == 0) return "has not run, so it has printed nothing";
    return "has printed nothing, or nothing that is stored yet";
  }

  int tell_nothing(const std::string& what) const {
    say("Job " + id_.text() + " " + what + ".\n");
    return kExitNotAll;
  }

  AttemptNumber last_with_output(AttemptNumber newest) const {
    if (options_.follow) return newest;
    for (std::uint64_t back = 0; back < kAttemptsBackMax && back < newest.value; ++back) {
      const AttemptNumber attempt{newest.value - back};
      if (reader_.parts(attempt).empty()) continue;
      if (back > 0) {
        say("Attempt " + grouped(newest.value) + " has no output in the store; this is attempt " +
            grouped(attempt.value) + ".\n");
      }
      return attempt;
    }
    return newest;
  }

  void show(AttemptNumber attempt) {
    LogFollower follower(reader_, attempt);
    show_first(follower);
    finish(follower);
  }

  // From where the person wants to see it.
  void show_first(LogFollower& follower) {
    if (!options_.tail) return show_more(follower);
    follower.skip_to_last(*options_.tail);
    std::deque<LogLine> last;
    const LogVisitor keep = [&](const LogLine& line) {
      last.push_back(line);
      if (last.size() > *options_.tail) last.pop_front();
    };
    follower.read(keep);
    if (!options_.follow) follower.finish(keep);
    for (const LogLine& line : last) print_line(follower, line);
  }

  void show_more(LogFollower& follower) {
    follower.read([&](const LogLine& line) { print_line(follower, line); });
  }

  void finish(LogFollower& follower) {
    follower.finish([&](const LogLine& line) { print_line(follower, line); });
    if (follower.damaged_parts() > 0) {
      say("holdfast: warning: " + grouped(follower.damaged_parts()) +
          " parts of this log cannot be read and are left out\n");
    }
  }

  void print_line(const LogFollower& follower, const LogLine& line) {
    if (!shown_ || *shown_ != follower.attempt()) printer_.begin(follower.attempt());
    shown_ = follower.attempt();
    any_ = true;
    printer_(line);
  }

  int follow() {
    AttemptNumber attempt = first_.value > 0 ? first_ : log_.newest()->attempt;
    auto follower = std::make_unique<LogFollower>(reader_, attempt);
    show_first(*follower);
    for (;;) {  // Ends with the job, or the person.
      // What is stored after this look is seen by the next one.
      const Record newest = *log_.read(context_.clock.now() + kRead);
      show_more(*follower);
      if (newest.attempt > attempt) {
        finish(*follower);
        attempt.value += 1;
        follower = std::make_unique<LogFollower>(reader_, attempt);
        continue;
      }
      if (is_end(newest.state)) {
        finish(*follower);
        tell_end(newest);
        return kExitDone;
      }
      if (wait()) return kExitDone;
    }
  }

  void tell_end(const Record& newest) const {
    const bool dead = newest.state == JobState::dead;
    std::string text = id_.text() + ": ";
    text += dead ? dead_and_why(newest.reason) : std::string(to_text(newest.state));
    if (dead && !newest.endings.empty()) text += "; " + in_plain_words(newest.endings.back());
    say(text + "\n");
  }

  // True: the person wants no more, or nobody reads.
  bool wait() const {
    pollfd reader{STDOUT_FILENO, 0, 0};
    if (::poll(&reader, 1, 0) > 0 && (reader.revents & POLLERR) != 0) return true;
    return context_.signals.next(context_.clock.now() + every_).has_value();
  }

  const LogsOptions& options_;
  const JobId id_;
  const CommandContext& context_;
  StoreStack store_;
  const LogReader reader_;
  JobLog log_;
  Printer printer_;
  const Duration every_;
  AttemptNumber first_;
  std::optional<AttemptNumber> shown_;  // Of the line that was shown last.
  bool any_ = false;
};

}  // namespace

int show_logs(const LogsOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  if (!options.follow) SignalWatch::let_through();
  const auto id = JobId::parse(options.job);
  if (!id) throw UsageError(JobId::what_is_wrong(options.job));
  const Settings settings = settings_of(options.place, options.state);
  return Look(options, *id, existing_store(settings), context).run();
}

}  // namespace holdfast
