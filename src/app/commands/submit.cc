// holdfast submit: sends the jobs of a list to the queue.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
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
#include "core/text.h"
#include "index/group_stops.h"
#include "operate/cancel.h"
#include "operate/revise.h"

namespace holdfast {

namespace {

constexpr std::size_t kNameBytes = 8;
constexpr std::size_t kChangedAtOnce = 256;

using Headers = std::vector<std::pair<std::string, std::string>>;

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
    unlock();
    std::error_code ignored;  // What stays of it is in the folder for temporary files.
    if (!temporary_.empty()) std::filesystem::remove_all(temporary_, ignored);
  }
  LedgerPlace(const LedgerPlace&) = delete;
  LedgerPlace& operator=(const LedgerPlace&) = delete;

  const std::filesystem::path& file() const { return file_; }
  bool is_temporary() const { return !temporary_.empty(); }

  // One submission at a time: each would find that the other has changed the list. The lock is a
  // file of its own: on a network's file system it would keep the ledger's database from the
  // ledger itself.
  void lock(Clock& clock) {
    constexpr int kMode = 0666;
    constexpr Duration kWait = std::chrono::seconds(2);  // One that was killed takes a moment.
    constexpr Duration kLookEvery = std::chrono::milliseconds(50);
    const TimePoint until = clock.now() + kWait;
    for (;;) {  // Ends at `until`.
      lock_ = FileDescriptor(::open(lock_file().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode));
      if (!lock_.open()) return;  // Opening the ledger fails next, and says why.
      if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) {
        if (still_there(lock_)) return;
        continue;  // The one that had it has removed it meanwhile.
      }
      const bool has_locks = errno == EWOULDBLOCK;  // The file system.
      lock_.reset();                                // It is the other one's, who removes it.
      if (!has_locks) return;
      if (clock.now() >= until) {
        throw UsageError("another holdfast submit uses " + file_.string() +
                         "; wait until it ends, and run the same command again");
      }
      clock.wait_until(clock.now() + kLookEvery);
    }
  }
  // Before what takes as long as the jobs do.
  void unlock() {
    if (!lock_.open()) return;
    ::unlink(lock_file().c_str());
    lock_.reset();
  }

 private:
  std::string lock_file() const { return file_.string() + ".lock"; }
  static bool still_there(const FileDescriptor& file) {
    struct stat status {};
    return ::fstat(file.get(), &status) == 0 && status.st_nlink > 0;
  }

  std::filesystem::path file_;
  std::filesystem::path temporary_;
  FileDescriptor lock_;
};

std::unique_ptr<Ledger> open_ledger(const std::filesystem::path& file, const QueueConfig& queue) {
  try {
    return make_ledger(file, queue);
  } catch (const Error& error) {
    throw UsageError("the ledger of what is submitted cannot be kept: " +
                     std::string(error.what()) + "; choose another place for it with --ledger");
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
    say("holdfast: warning: the group '" + group + "' of these jobs could not be stored: " +
        error.what() + "; run the same command again to store it\n");
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
  const bool one = removed.size() == 1;
  const std::string what = list.name() + " no longer contains " + jobs_text(removed.size()) +
                           (one ? " that was" : " that were") + " submitted before (" +
                           removed.front() + (one ? ")" : ", ...)");
  if (!options.cancel_removed) {
    say("holdfast: warning: " + what +
        (one ? ". Unless it has ended, it" : ". Those that have not ended") +
        " will run; --cancel-removed cancels " + (one ? "it" : "them") + "\n");
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
  const std::string ended = one             ? "it had ended"
                            : cancelled > 0 ? "the others had ended"
                                            : "all had ended";
  say(what + "; " + grouped(cancelled) + " cancelled" +
      (cancelled < removed.size() ? ", " + ended + "\n" : "\n"));
  return cancelled;
}

// Gives the jobs of changed rows, if nobody has begun them, their new content; of how many.
std::uint64_t take_changes(const JobList& list, const CheckedList& checked,
                           const Settings& settings, const QueueConfig& queue, Ledger& ledger,
                           const Headers& headers, const CommandContext& context) {
  StoreStack store(store_config(settings), context.clock, FleetLayout(queue_name(queue)));
  const auto publisher = make_publisher(queue, "holdfast submit --update", context.clock);
  Random random = Random::from_system();
  const ReviseWishes wishes{headers, this_person(), [&] { return random.hex(kNameBytes); }};
  auto stay = checked.changed;
  std::vector<ChangedJob> batch;
  const auto change_batch = [&] {
    const auto outcomes = revise({*publisher, store.store(), context.clock}, wishes, batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (outcomes[i] != Revised::changed) continue;
      const std::string& id = batch[i].id.text();
      ledger.change(id, fingerprint(batch[i].body));
      stay.erase(id);
    }
    ledger.commit();
    batch.clear();
  };
  const auto reader = list.read();
  ListedJob job;
  ListFault fault;
  while (reader->next(job, fault) == Reading::job) {
    if (!checked.changed.contains(job.id)) continue;
    const auto id = JobId::parse(job.id);
    if (!id) continue;
    batch.push_back({*id, std::move(job.body), ledger.content_of(job.id)});
    if (batch.size() == kChangedAtOnce) change_batch();
  }
  change_batch();
  const std::uint64_t updated = checked.changed.size() - stay.size();
  say(jobs_text(updated) + " updated from " + list.name() + "\n");
  tell_changed(list, stay, kStayAsTheyWere);
  return updated;
}

// What is submitted to a group that has stopped waits with the rest of it.
void tell_if_stopped(const std::string& group, const Settings& settings, const QueueConfig& queue,
                     const CommandContext& context) {
  StoreStack store(store_config(settings), context.clock);
  const auto stop =
      GroupStops(store.store(), context.clock, FleetLayout(queue_name(queue))).find(group);
  if (!stop) return;
  say("holdfast: warning: group " + group + " has stopped (" + stop->when +
      "); its jobs are held until holdfast resume --group " + group + " resumes it\n");
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
      " sends notifications for those\n");
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
      " with the same --notify continues\n");
  QueueIndex index(settings, context.clock);
  NoticeCourier courier = make_courier(settings, place, NotifyRules(), context.clock);
  return send_missed_notices(plan, index, courier, context);
}

struct Done {
  std::uint64_t submitted = 0;
  std::uint64_t updated = 0;
  std::uint64_t cancelled = 0;
};

std::string to_json(const CheckedList& checked, const Done& done, const std::string& group,
                    const LedgerPlace& ledger) {
  using Json = nlohmann::ordered_json;
  const Json json = {
      {"jobs", checked.jobs},
      {"submitted", done.submitted},
      {"submitted_before", checked.submitted},
      {"left", checked.jobs - checked.submitted - done.submitted},
      {"changed", checked.changed.size()},
      {"updated", done.updated},
      {"cancelled", done.cancelled},
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
  LedgerPlace place(options);
  place.lock(context.clock);
  const auto ledger = open_ledger(place.file(), queue);
  if (options.again) {
    ledger->forget();
    say("Ended jobs do not run again by this: holdfast rerun runs one again, and holdfast dead "
        "requeue a dead one.\n");
  }
  const CheckedList checked = check_and_tell(list, *ledger, {});
  const bool kept = keep_group(options.jobs, list, settings, queue, context);
  const std::uint64_t cancelled = take_removals(options, list, settings, *ledger, context);
  if (!options.notify.empty()) {
    if (!kept) {
      throw UsageError(
          "--notify needs a group and the store: name the group with --group NAME, and give the "
          "store's settings, as in worker.env");
    }
    keep_wishes(options, checked, settings, queue, context);
  }
  if (options.max_dead && !kept) {
    throw UsageError(
        "--max-dead needs a group, and the store: name the group with --group NAME, and give the "
        "store's settings, as in worker.env");
  }
  if (options.max_dead) tell_if_stopped(group_of(options.jobs), settings, queue, context);
  Headers headers;
  if (kept) headers.emplace_back(kGroupHeader, group_of(options.jobs));
  if (!options.notify.empty()) headers.emplace_back(kNotifyHeader, "1");
  if (options.max_dead) headers.emplace_back(kMaxDeadHeader, std::to_string(*options.max_dead));
  const bool none_new = checked.jobs == checked.submitted;
  const bool updating = options.update && !checked.changed.empty();
  if (!updating) tell_changed(list, checked.changed, kUpdateMayChange);
  if (!none_new || updating) {
    if (upload) {
      StoreStack store(*store_place, context.clock);
      upload->send(store.store(), kept ? group_of(options.jobs) : "", list);
    }
    refuse_lossy(queue, context.clock);
  }
  const std::uint64_t updated =
      updating ? take_changes(list, checked, settings, queue, *ledger, headers, context) : 0;
  const auto print_json = [&](std::uint64_t confirmed) {
    if (!options.json) return;
    const std::string group = kept ? group_of(options.jobs) : "";
    print(to_json(checked, {confirmed, updated, cancelled}, group, place) + "\n");
  };
  if (none_new) {
    place.unlock();
    print_json(0);
    if (!updating) {
      say("0 jobs submitted: the queue has all " + grouped(checked.jobs) + " already, as " +
          place.file().string() + " says; --again submits them again\n");
    }
    if (!commands_in(options.notify).empty()) {
      return run_commands(options, settings, store_config(settings), context);
    }
    return kExitDone;
  }
  SubmitterWishes wishes;
  if (options.give_up_after) {
    wishes.connect_patience = *options.give_up_after;
    wishes.outage_patience = *options.give_up_after;
  }
  wishes.headers = std::move(headers);
  const auto publisher = make_publisher(queue, "holdfast submit", context.clock);
  const Sent sent = send_and_tell(list, checked, *publisher, *ledger, std::move(wishes), context);
  place.unlock();
  print_json(sent.confirmed);
  if (sent.signal != 0) return kExitSignalBase + sent.signal;
  if (commands_in(options.notify).empty()) return kExitDone;
  return run_commands(options, settings, store_config(settings), context);
}

}  // namespace holdfast
