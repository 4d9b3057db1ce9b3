// holdfast notify: sends notifications that were missed, or a test, or takes back who asked.
#include <algorithm>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "app/commands/commands.h"
#include "app/commands/job_index.h"
#include "app/commands/missed_notices.h"
#include "app/commands/places.h"
#include "app/exit_codes.h"
#include "app/notify_stack.h"
#include "app/terminal.h"
#include "base/log.h"
#include "base/wall_time.h"
#include "core/text.h"
#include "notify/missed.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

constexpr Duration kPauseFirst = std::chrono::milliseconds(500);
constexpr Duration kPauseMax = std::chrono::seconds(10);
constexpr Duration kTestTime = std::chrono::seconds(20);

void tell_notice(const MissedPlan& plan, const Notice& notice, const NotifyTarget& target,
                 const std::string& error) {
  if (plan.json) {
    return print(Json{{"id", notice.id},
                      {"event", notice.event},
                      {"to", shown(target)},
                      {"sent", error.empty() && !plan.dry_run},
                      {"error", error.empty() ? Json(nullptr) : Json(error)}}
                     .dump(-1, ' ', false, Json::error_handler_t::replace) +
                 "\n");
  }
  if (!error.empty()) {
    say("holdfast: " + notice.id + " was not sent to " + shown(target) + ": " + error + "\n");
  } else if (!plan.quiet) {
    print((plan.dry_run ? "Would be sent to " : "Sent to ") + shown(target) + ": " + notice.text +
          "\n");
  }
}

void tell_summary(const MissedPlan& plan, const MissedSummary& summary) {
  if (summary.commands > 0) {
    say("holdfast: " + grouped(summary.commands) +
        (summary.commands == 1 ? " wish is" : " wishes are") +
        " for a command, which runs only where it is typed: give it again with --notify "
        "'exec:COMMAND' to run it here\n");
  }
  if (plan.json) return;
  if (summary.wishes + summary.commands == 0) {
    print("Nobody has asked for notifications" +
          (plan.group.empty() ? std::string() : " of group " + plan.group) +
          "; holdfast submit, run and work take --notify\n");
  } else if (summary.sent + summary.failed == 0 && !plan.quiet) {
    print("Nothing was missed.\n");
  }
}

int send_test(const NotifyOptions& options, NoticeSender& sender, const CommandContext& context) {
  const std::string when = to_text(context.clock.wall());
  const Notice notice{"test/" + when, "test", "A test of holdfast notify",
                      Json{{"format", 1},
                           {"id", "test/" + when},
                           {"event", "test"},
                           {"text", "A test of holdfast notify"},
                           {"when", when}}
                          .dump()};
  int code = kExitDone;
  for (const NotifyTarget& target : options.notify) {
    std::string error;
    try {
      sender.send(notice, target, NamedBy::us, context.clock.now() + kTestTime);
    } catch (const Error& failure) {
      error = failure.what();
      code = kExitNotAll;
    }
    MissedPlan plan;
    plan.json = options.json;
    tell_notice(plan, notice, target, error);
  }
  return code;
}

// Of jobs, of one group or of all; for some targets or for all.
int take_back(const NotifyOptions& options, QueueIndex& index, const CommandContext& context) {
  NotifyLedger ledger(index.store(), context.clock, index.layout());
  std::set<std::string> ids;
  for (const NotifyTarget& target : options.notify) ids.insert(id_of(target));
  for (const std::string& job : options.jobs) {
    ledger.silence(job, ids);
    if (options.json) {
      print(Json{{"job_id", job}}.dump() + "\n");
    } else {
      print("Turned off: job " + job + "\n");
    }
  }
  if (!options.jobs.empty()) return kExitDone;
  std::uint64_t count = 0;
  const auto wishes = options.group.empty() ? ledger.all_wishes() : ledger.wishes_of(options.group);
  for (const Wish& wish : wishes) {
    if (!ids.empty() && !ids.contains(wish.id)) continue;
    ledger.take_back(wish);
    count += 1;
    const std::string to = wish.target ? shown(*wish.target) : "a command";
    if (options.json) {
      print(Json{{"group", wish.group.empty() ? Json(nullptr) : Json(wish.group)}, {"to", to}}.dump(
                -1, ' ', false, Json::error_handler_t::replace) +
            "\n");
    } else {
      print("Turned off: " + (wish.group.empty() ? "all jobs" : "group " + wish.group) + ", to " +
            to + "\n");
    }
  }
  if (count == 0 && !options.json) print("There were no such notifications.\n");
  return kExitDone;
}

}  // namespace

int send_missed_notices(const MissedPlan& plan, QueueIndex& index, NoticeSender& sender,
                        const CommandContext& context) {
  StopOnSignal stop(context.signals, context.clock);
  Mailbox<bool> stopped;
  const std::stop_callback wake(stop.token(), [&] { stopped.post(true); });
  std::set<std::string> failures_told;
  MissedWishes wishes;
  wishes.own = plan.own;
  wishes.group = plan.group;
  wishes.only_own = plan.only_own;
  wishes.dry_run = plan.dry_run;
  wishes.stop = [token = stop.token()] { return token.stop_requested(); };
  std::uint64_t sent_now = 0;
  wishes.tell = [&](const Notice& notice, const NotifyTarget& target, const std::string& error) {
    if (error.empty()) sent_now += 1;
    // Said once, though it is tried again and again.
    if (!error.empty() && !failures_told.insert(notice.id).second) return;
    tell_notice(plan, notice, target, error);
  };
  bool first = true;
  for (Duration pause = kPauseFirst;; pause = std::min(pause * 2, kPauseMax)) {
    std::optional<MissedSummary> seen;
    try {
      sent_now = 0;
      seen = send_missed(index.store(), context.clock, index.layout(), sender, wishes);
    } catch (const Error& error) {
      if (!plan.follow || error.kind() != ErrorKind::unavailable) throw;
      if (failures_told.insert("").second) {
        say("holdfast: " + std::string(error.what()) + "; trying again\n");
      }
    }
    if (const auto signal = stop.signal()) return kExitSignalBase + *signal;
    if (first && seen) tell_summary(plan, *seen);
    if (seen) first = false;
    const bool finished = seen && !plan.group.empty() && seen->open + seen->failed == 0;
    if (finished) return kExitDone;
    if (seen && !plan.follow) return seen->failed > 0 ? kExitNotAll : kExitDone;
    if (sent_now > 0) pause = kPauseFirst;
    if (stopped.next(context.clock.now() + pause)) {
      return kExitSignalBase + stop.signal().value_or(0);
    }
  }
}

int notify(const NotifyOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  const Settings settings = settings_of(options.place, options.state);
  if (options.test) {
    NoticeCourier courier =
        make_courier(settings, FolderStoreConfig{}, options.notify_rules, context.clock);
    return send_test(options, courier, context);
  }
  QueueIndex index(settings, context.clock);
  if (options.off) return take_back(options, index, context);
  NoticeCourier courier =
      make_courier(settings, index.place(), options.notify_rules, context.clock);
  MissedPlan plan;
  plan.own = options.notify;
  plan.group = options.group;
  plan.follow = options.follow;
  plan.dry_run = options.dry_run;
  plan.json = options.json;
  return send_missed_notices(plan, index, courier, context);
}

}  // namespace holdfast
