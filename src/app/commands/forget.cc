// holdfast forget: takes jobs away for good, with all that is kept of them.
#include "operate/forget.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "app/commands/commands.h"
#include "app/commands/job_index.h"
#include "app/commands/named_jobs.h"
#include "app/commands/places.h"
#include "app/exit_codes.h"
#include "app/person.h"
#include "app/terminal.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "core/text.h"
#include "index/job_groups.h"
#include "joblog/job_log.h"
#include "notify/notify_ledger.h"
#include "operate/dead_letter_view.h"
#include "operate/operate_json.h"
#include "operate/upload_sweep.h"
#include "results/remains.h"

namespace holdfast {

namespace {

// A worker looks into the job's log every 15 seconds, stops its program within another 30.
constexpr Duration kWaitDefault = std::chrono::seconds(45);
constexpr Duration kLookEvery = std::chrono::seconds(1);
constexpr Duration kStep = std::chrono::seconds(30);
// Each job's objects go several at once, too.
constexpr int kJobsAtOnce = 8;

struct One {
  JobId id;
  std::optional<Record> before = {};
  std::optional<Record> newest = {};  // Once it says that the job is forgotten.
  Remains remains = {};
  std::string damage = {};  // Why its log could not be read, and nothing was done; else empty.
};

std::string was(const One& job) {
  if (!job.damage.empty()) return "unknown";
  if (!job.before) return "unclaimed";
  return is_forgotten(*job.before) ? "forgotten" : std::string(to_text(job.before->state));
}

std::string amount(const Remains& remains) {
  std::string text = grouped(remains.objects) +
                     (remains.objects == 1 ? " object, " : " objects, ") + grouped(remains.bytes) +
                     " bytes";
  if (remains.uploads > 0) text += ", " + grouped(remains.uploads) + " unfinished uploads";
  return text;
}

class Forgetter {
 public:
  Forgetter(const ForgetOptions& options, const std::string& state, const CommandContext& context)
      : options_(options),
        state_(state),
        context_(context),
        clock_(context.clock),
        index_(options.place, state, context.clock),
        stop_(context.signals, context.clock) {}

  int run() {
    find();
    if (!options_.yes || options_.dry_run) {
      each([this](One& job) { look(job); });
      if (stop_.signal()) return end();
      tell_plan();
      if (options_.dry_run) return any_damaged() ? kExitNotAll : kExitDone;
      if (!confirmed("Take " +
                     (jobs_.size() == 1 ? jobs_.front().id.text()
                                        : "these " + grouped(jobs_.size()) + " jobs") +
                     " for good? [y/N] ")) {
        say("Nothing was done.\n");
        return kExitUsage;
      }
    }
    require_queue(index_.queue(), clock_);
    const std::string by = this_person();
    // All are marked before any is waited for.
    each([&](One& job) { mark(job, by); });
    await_workers();
    each([this](One& job) { remove(job); });
    if (!stop_.signal()) remove_letters();
    if (!stop_.signal()) remove_notes();
    if (!stop_.signal()) remove_inputs();
    return end();
  }

 private:
  void find() {
    JobsNamed named = options_.named;
    std::vector<std::string> ids;
    if (!named.group.empty()) {
      // Also those that an earlier call has marked, and did not finish.
      for (const std::string& id : noted_in_group(index_, clock_, named.group)) ids.push_back(id);
      group_ = std::exchange(named.group, {});
    }
    named.jobs.insert(named.jobs.end(), ids.begin(), ids.end());
    for (JobId& id : named_jobs(named, options_.place, state_, clock_)) {
      jobs_.push_back({std::move(id)});
    }
  }

  // One damaged log shall not keep the others from being forgotten.
  template <typename Work>
  void each(const Work& work) {
    ThreadPool pool(static_cast<int>(std::min<std::size_t>(jobs_.size(), kJobsAtOnce)),
                    /*background=*/false);
    for (One& job : jobs_) {
      if (stop_.signal()) break;
      if (!job.damage.empty()) continue;
      pool.give([&job, &work] {
        try {
          work(job);
        } catch (const Error& error) {
          if (error.kind() != ErrorKind::corrupt) throw;
          job.damage = error.what();
        }
      });
    }
    pool.finish();
  }

  void look(One& job) {
    job.before = JobLog(index_.store(), clock_, job.id).read(clock_.now() + kStep);
    job.remains = count_remains(index_.store(), clock_, job.id, stop_.token());
  }

  void mark(One& job, const std::string& by) {
    const Forgetting done = forget_job(index_.store(), clock_, job.id, by);
    job.before = done.before;
    job.newest = done.newest;
    JobIndex(index_.store(), clock_, index_.layout())
        .note(index_entry(job.id, done.newest), std::nullopt, clock_.now() + kStep);
  }

  static bool may_run(const One& job) { return job.newest && !job.newest->worker.empty(); }

  void await_workers() {
    const TimePoint until = clock_.now() + options_.wait.value_or(kWaitDefault);
    for (;;) {  // Ends with the wait.
      bool all = true;
      for (One& job : jobs_) {
        if (!may_run(job)) continue;
        all = let_go_since(index_.store(), clock_, job.id, *job.newest) && all;
      }
      if (all || stop_.signal() || clock_.now() >= until) return;
      clock_.wait_until(std::min(until, clock_.now() + kLookEvery));
    }
  }

  void remove(One& job) {
    job.remains = remove_remains(index_.store(), clock_, job.id, *job.newest, stop_.token());
  }

  // Its dead letter is a message like any other, and holds the job.
  void remove_letters() {
    std::set<std::string> dead;
    for (const One& job : jobs_) {
      const bool may_have_one = job.newest && job.before &&
                                (job.before->state == JobState::dead || is_forgotten(*job.before));
      if (may_have_one) dead.insert(job.id.text());
    }
    if (dead.empty()) return;
    const auto letters = make_dead_letters(index_.queue(), clock_);
    while (!stop_.signal()) {  // Ends with the letters.
      const auto letter = letters->next(clock_.now() + kStep);
      if (!letter) return;
      const DeadLetterView view = view_of(*letter);
      if (view.job && dead.contains(view.job->text())) letters->remove(clock_.now() + kStep);
    }
  }

  void remove_notes() {
    std::vector<IndexEntry> entries;
    std::set<std::string> names;
    for (const One& job : jobs_) {
      if (!job.newest) continue;
      entries.push_back(index_entry(job.id, *job.newest));
      names.insert(job.id.text());
    }
    NotifyLedger ledger(index_.store(), clock_, index_.layout());
    ledger.forget_jobs(names);
    if (!group_.empty() && !any_damaged()) {
      for (const Wish& wish : ledger.wishes_of(group_)) ledger.take_back(wish);
      JobGroups(index_.store(), clock_, index_.layout()).forget(group_, names);
    }
    index_.jobs().forget(entries, [this] { return clock_.now() + kStep; });
  }

  // Files that were uploaded for these jobs, and that no other job names.
  void remove_inputs() {
    SweepWishes wishes;
    wishes.before = std::numeric_limits<std::int64_t>::max();
    wishes.of_jobs.emplace();
    for (const One& job : jobs_) {
      if (job.newest) wishes.of_jobs->insert(job.id.text());
    }
    try {
      inputs_ = UploadSweep(index_.store(), clock_, std::move(wishes)).remove(stop_.token());
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      say(std::string("Uploaded inputs were left alone: ") + error.what() + "\n");
    }
  }

  void tell_plan() {
    Remains all;
    std::map<std::string, std::uint64_t> states;
    for (const One& job : jobs_) {
      all.add(job.remains);
      states[was(job)] += 1;
      if (options_.json && options_.dry_run) {
        print(forget_json(job.id.text(), job.damage.empty() ? "planned" : "damaged", was(job), "",
                          job.remains) +
              "\n");
      }
    }
    if (options_.json) return;
    std::string by_state;
    for (const auto& [state, count] : states) {
      by_state += (by_state.empty() ? "" : ", ") + grouped(count) + " " + state;
    }
    print("Would be forgotten: " + grouped(jobs_.size()) +
          (jobs_.size() == 1 ? " job (" : " jobs (") + by_state + "), with " + amount(all) + "\n");
  }

  bool any_damaged() const {
    return std::ranges::any_of(jobs_, [](const One& job) { return !job.damage.empty(); });
  }

  int end() {
    if (const auto signal = stop_.signal()) {
      say("Some data is left, because a signal came first. Run the same command again to remove "
          "the rest.\n");
      return kExitSignalBase + *signal;
    }
    bool all = true;
    const bool waited = options_.wait.value_or(kWaitDefault) > Duration::zero();
    for (const One& job : jobs_) {
      all = all && job.damage.empty() && !(may_run(job) && waited);
      if (options_.json) {
        print(forget_json(job.id.text(), outcome_of(job), was(job),
                          job.newest ? job.newest->worker : "", job.remains) +
              "\n");
      } else {
        print(job.id.text() + ": " + sentence_of(job) + "\n");
      }
    }
    if (!options_.json && inputs_.files > 0) {
      print(grouped(inputs_.files) + (inputs_.files == 1 ? " uploaded input" : " uploaded inputs") +
            " that no other job names, " + grouped(inputs_.bytes) + " bytes: gone\n");
    }
    return all ? kExitDone : kExitNotAll;
  }

  // One word for programs.
  static std::string outcome_of(const One& job) {
    if (!job.damage.empty()) return "damaged";
    return may_run(job) ? "forgotten_unconfirmed" : "forgotten";
  }

  static std::string sentence_of(const One& job) {
    if (!job.damage.empty()) return "unchanged, because " + job.damage;
    std::string text = "forgotten; " + amount(job.remains) + " gone";
    if (!job.before) text += "; no worker had seen it yet";
    if (may_run(job)) {
      text += "; " + job.newest->worker +
              " did not confirm in time that it stopped the program. It stops it when it next "
              "reads the log, and nothing that it still does counts. Run the same command again to "
              "remove what it stores until then";
    }
    if (job.remains.strangers > 0) {
      text += "; " + grouped(job.remains.strangers) + " objects below " + job.id.text() +
              "/ stay, because no result of the job names them";
    }
    return text;
  }

  const ForgetOptions& options_;
  const std::string state_;
  const CommandContext& context_;
  Clock& clock_;
  QueueIndex index_;
  StopOnSignal stop_;
  std::vector<One> jobs_;
  std::string group_;
  Swept inputs_;
};

}  // namespace

int forget_jobs(const ForgetOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  require_named(options.named);
  const std::string state = state_of(options.named, options.place, options.state);
  return Forgetter(options, state, context).run();
}

}  // namespace holdfast
