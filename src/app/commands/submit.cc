// holdfast submit: sends the jobs of a list to the queue.
#include <unistd.h>

#include <filesystem>
#include <optional>

#include <nlohmann/json.hpp>

#include "app/commands/commands.h"
#include "app/commands/given_jobs.h"
#include "app/commands/missed_notices.h"
#include "app/commands/places.h"
#include "app/commands/submission.h"
#include "app/config.h"
#include "app/exit_codes.h"
#include "app/input_upload.h"
#include "app/notify_stack.h"
#include "app/person.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/wiring.h"
#include "base/file.h"
#include "base/log.h"
#include "base/random.h"
#include "core/fleet_layout.h"
#include "operate/cancel.h"

namespace holdfast {

namespace {

constexpr std::size_t kNameBytes = 8;

// Where the ledger is; a temporary one is gone with the object.
class LedgerPlace {
 public:
  explicit LedgerPlace(const SubmitOptions& options) {
    if (!options.ledger.empty()) {
      file_ = options.ledger;
    } else if (const std::string base = base_of(options.jobs); base != "-") {
      file_ = base + ".submitted";
    } else {
      temporary_ =
          temporary_folder() / ("holdfast-ledger-" + Random::from_system().hex(kNameBytes));
      make_folders(temporary_);
      file_ = temporary_ / "ledger";
    }
  }
  ~LedgerPlace() {
    std::error_code ignored;  // What stays of it is in the folder for temporary files.
    if (!temporary_.empty()) std::filesystem::remove_all(temporary_, ignored);
  }
  LedgerPlace(const LedgerPlace&) = delete;
  LedgerPlace& operator=(const LedgerPlace&) = delete;

  const std::filesystem::path& file() const { return file_; }
  bool is_temporary() const { return !temporary_.empty(); }

 private:
  std::filesystem::path file_;
  std::filesystem::path temporary_;
};

std::unique_ptr<Ledger> open_ledger(const std::filesystem::path& file, const QueueConfig& queue) {
  try {
    return make_ledger(file, queue);
  } catch (const Error& error) {
    throw UsageError("the ledger of what is submitted cannot be kept: " +
                     std::string(error.what()) + "; --ledger names another place for it");
  }
}

// Before anything is sent, so that whoever waits for the group waits for all of it. False if it is
// not kept.
bool keep_group(const JobsGiven& given, const JobList& list, const Settings& settings,
                const QueueConfig& queue, const CommandContext& context) {
  const std::string group = group_of(given);
  if (group.empty()) return false;
  const bool store_named =
      settings.find("--store", {"HOLDFAST_STORE", "R2_BUCKET_NAME"}).has_value();
  if (!store_named && given.group.empty()) return false;
  try {
    StoreStack store(store_config(settings), context.clock);
    note_group(group, list, store.store(), context.clock, FleetLayout(queue_name(queue)));
    return true;
  } catch (const UsageError&) {
    throw;
  } catch (const Error& error) {
    if (!given.group.empty()) throw;
    say("holdfast: warning: the group '" + group + "' of these jobs is not kept: " + error.what() +
        "; the same command again keeps it\n");
    return false;
  }
}

// Jobs that were submitted with an earlier state of this list and that it does not name any more.
// How many of them were cancelled.
std::uint64_t take_removals(const SubmitOptions& options, const JobList& list,
                            const Settings& settings, Ledger& ledger,
                            const CommandContext& context) {
  const std::vector<std::string> removed = ledger.unlisted();
  // A ledger that somebody named may be that of several lists.
  if (removed.empty() || (!options.ledger.empty() && !options.cancel_removed)) return 0;
  const std::string what = "of " + jobs_text(removed.size()) + " that " + list.name() +
                           " does not name any more (" + removed.front() +
                           (removed.size() > 1 ? ", ..." : "") + ")";
  if (!options.cancel_removed) {
    say("holdfast: warning: " + what +
        ", those that have not ended will run: --cancel-removed cancels them\n");
    return 0;
  }
  StoreStack store(store_config(settings), context.clock);
  std::uint64_t cancelled = 0;
  for (const std::string& name : removed) {
    const auto id = JobId::parse(name);
    if (id && cancel_job(store.store(), context.clock, *id, this_person()).cancelled_now) {
      cancelled += 1;
    }
  }
  say(what + ", " + grouped(cancelled) + (cancelled == 1 ? " is" : " are") +
      " cancelled; the others had ended\n");
  return cancelled;
}

// Who wants to be told stands in the store, and the message of each job says that somebody does:
// so workers look for it where somebody does, and nowhere else.
void keep_wishes(const SubmitOptions& options, const CheckedList& checked, const Settings& settings,
                 const QueueConfig& queue, const CommandContext& context) {
  const std::string group = group_of(options.jobs);
  StoreStack store(store_config(settings), context.clock);
  NotifyLedger ledger(store.store(), context.clock, FleetLayout(queue_name(queue)));
  bool all_known = true;
  for (const NotifyTarget& target : options.notify) {
    if (ledger.wish(group, target, context.clock.wall() - kClocksDiffer)) all_known = false;
  }
  if (all_known || checked.submitted == 0) return;
  say("holdfast: " + grouped(checked.submitted) +
      (checked.submitted == 1 ? " job was" : " jobs were") +
      " submitted before without this --notify; holdfast notify --missed --group " + group +
      " tells of those\n");
}

// Commands run where they were typed.
std::vector<NotifyTarget> commands_in(const std::vector<NotifyTarget>& targets) {
  std::vector<NotifyTarget> commands;
  for (const NotifyTarget& target : targets) {
    if (target.kind == NotifyTarget::Kind::command) commands.push_back(target);
  }
  return commands;
}

// Until the group has finished: the exit code.
int run_commands(const SubmitOptions& options, const Settings& settings, const StoreConfig& place,
                 const CommandContext& context) {
  MissedPlan plan;
  plan.own = commands_in(options.notify);
  plan.group = group_of(options.jobs);
  plan.only_own = true;
  plan.follow = true;
  plan.quiet = true;
  say("Waiting for the jobs of group " + plan.group + ", to run " + shown(plan.own.front()) +
      " as they end. Ctrl-C stops it, and holdfast notify --missed --follow --group " + plan.group +
      " with the same --notify goes on\n");
  QueueIndex index(settings, context.clock);
  NoticeCourier courier = make_courier(settings, place, NotifyRules(), context.clock);
  return send_missed_notices(plan, index, courier, context);
}

std::string to_json(const CheckedList& checked, std::uint64_t confirmed, std::uint64_t cancelled,
                    const std::string& group, const LedgerPlace& ledger) {
  using Json = nlohmann::ordered_json;
  const Json json = {
      {"jobs", checked.jobs},
      {"submitted", confirmed},
      {"submitted_before", checked.submitted},
      {"left", checked.jobs - checked.submitted - confirmed},
      {"changed", checked.changed.size()},
      {"cancelled", cancelled},
      {"group", group.empty() ? Json(nullptr) : Json(group)},
      {"ledger", ledger.is_temporary() ? Json(nullptr) : Json(ledger.file().string())}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

int submit_jobs(const SubmitOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  JobList list = open_jobs(options.jobs);
  if (options.jobs.dry_run) {
    print_jobs(list);
    return kExitDone;
  }
  const Settings settings = settings_of(options.place);
  const QueueConfig queue = queue_config(settings);
  std::optional<StoreConfig> store_place;
  std::optional<InputUpload> upload;
  if (options.upload || !options.inputs.empty()) {
    const auto local = [&](const std::filesystem::path& file) {
      if (!upload) upload.emplace(store_place.emplace(store_config(settings)), context);
      return upload->reference_of(file);
    };
    list.give_inputs({options.inputs, local, options.upload});
  }
  const LedgerPlace place(options);
  const auto ledger = open_ledger(place.file(), queue);
  if (options.again) {
    ledger->forget();
    say("Jobs that have ended do not run again: a new try needs a new job_id, a dead job holdfast "
        "dead requeue.\n");
  }
  const CheckedList checked = check_and_tell(list, *ledger, {});
  const bool kept = keep_group(options.jobs, list, settings, queue, context);
  const std::uint64_t cancelled = take_removals(options, list, settings, *ledger, context);
  if (!options.notify.empty()) {
    if (!kept) {
      throw UsageError(
          "--notify needs a group whose jobs end, and the store: name the group with "
          "--group NAME, and give the store's settings, as in worker.env");
    }
    keep_wishes(options, checked, settings, queue, context);
  }
  tell_changed(list, checked.changed, "what was submitted stands; a changed job needs a new id");
  const auto print_json = [&](std::uint64_t confirmed) {
    if (!options.json) return;
    print(to_json(checked, confirmed, cancelled, kept ? group_of(options.jobs) : "", place) + "\n");
  };
  if (checked.jobs == checked.submitted) {
    print_json(0);
    say("0 jobs submitted: the queue has all " + grouped(checked.jobs) + " already, as " +
        place.file().string() + " says; --again submits them anew\n");
    if (!commands_in(options.notify).empty()) {
      return run_commands(options, settings, store_config(settings), context);
    }
    return kExitDone;
  }
  if (upload) {
    StoreStack store(*store_place, context.clock);
    upload->send(store.store());
  }
  SubmitterWishes wishes;
  if (options.give_up_after) {
    wishes.connect_patience = *options.give_up_after;
    wishes.outage_patience = *options.give_up_after;
  }
  if (kept) wishes.headers.emplace_back(kGroupHeader, group_of(options.jobs));
  if (!options.notify.empty()) wishes.headers.emplace_back(kNotifyHeader, "1");
  refuse_lossy(queue, context.clock);
  const auto publisher = make_publisher(queue, "holdfast submit", context.clock);
  const Sent sent = send_and_tell(list, checked, *publisher, *ledger, std::move(wishes), context);
  print_json(sent.confirmed);
  if (sent.signal != 0) return kExitSignalBase + sent.signal;
  if (commands_in(options.notify).empty()) return kExitDone;
  return run_commands(options, settings, store_config(settings), context);
}

}  // namespace holdfast
