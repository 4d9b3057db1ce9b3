// holdfast gc: removes what is kept of jobs that ended long ago.
#include <unistd.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "app/commands/commands.h"
#include "app/commands/indexed_jobs.h"
#include "app/exit_codes.h"
#include "app/person.h"
#include "app/terminal.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "core/text.h"
#include "operate/collect.h"
#include "operate/upload_sweep.h"

namespace holdfast {

namespace {

// Each job's objects go several at once, too.
constexpr std::size_t kJobsAtOnce = 8;

struct Found {
  JobId id;
  Record newest;
};

Keep keep_of(const std::string& word) {
  return word == "results" ? Keep::results : word == "log" ? Keep::log : Keep::nothing;
}

class GarbageCollection {
 public:
  GarbageCollection(const CollectOptions& options, const CommandContext& context)
      : options_(options),
        clock_(context.clock),
        index_(options.place, state_of(options.named, options.place, options.state_folder),
               context.clock),
        stop_(context.signals, context.clock) {}

  int run() {
    find();
    if (!options_.yes || options_.dry_run) {
      const Collected plan = collect(Collecting::only_count);
      const Swept inputs = sweep(Collecting::only_count);
      if (stop_.signal()) return kExitSignalBase + *stop_.signal();
      tell(plan, inputs, true);
      const bool nothing = found_.empty() && inputs.files == 0;
      if (options_.dry_run || nothing) return damaged_ ? kExitNotAll : kExitDone;
      if (!confirmed("What to keep of each job: " + options_.keep +
                     ". Remove the rest for good? [y/N] ")) {
        say("Nothing was done.\n");
        return kExitUsage;
      }
    }
    const Collected gone = collect(Collecting::remove);
    // Behind the jobs: what is left of one that is not through is still there to be found.
    const Swept inputs = sweep(Collecting::remove);
    tell(gone, inputs, false);
    if (const auto signal = stop_.signal()) return kExitSignalBase + *signal;
    return damaged_ ? kExitNotAll : kExitDone;
  }

 private:
  // By their logs: the index may be late, and what goes is gone.
  void find() {
    const auto wanted = [this](const IndexEntry& job) {
      const std::string state(to_text(job.state));
      if (options_.states.empty()) return job.state == JobState::completed;
      return std::find(options_.states.begin(), options_.states.end(), state) !=
             options_.states.end();
    };
    before_ = seconds_since_1970(clock_.wall()) -
              std::chrono::ceil<std::chrono::seconds>(*options_.older_than).count();
    each_indexed_job(
        index_, options_.named, options_.place, options_.state_folder, clock_, stop_.token(),
        wanted,
        [&](const JobId& id, const Record& newest) {
          const std::int64_t ended = ended_at(newest);
          if (!wanted(index_entry(id, newest)) || ended == 0 || ended > before_) return;
          found_.push_back({id, newest});
        },
        [this](const JobId& id, const std::string& why) { leave(id, why); });
  }

  Collected collect(Collecting collecting) {
    Collected all;
    LiveLines lines;
    const bool live = can_redraw(STDERR_FILENO);
    std::uint64_t done = 0;
    jobs_ = 0;
    ThreadPool pool(static_cast<int>(std::clamp<std::size_t>(found_.size(), 1, kJobsAtOnce)),
                    /*background=*/false);
    for (const Found& one : found_) {
      if (stop_.signal()) break;
      pool.give([&, this] {
        std::optional<Collected> went;
        std::string damage;
        try {
          went = collect_job(index_.store(), clock_, one.id, one.newest, keep_of(options_.keep),
                             collecting, this_person(), stop_.token());
        } catch (const Error& error) {
          // One damaged job shall not keep the others.
          if (error.kind() != ErrorKind::corrupt) throw;
          damage = error.what();
        }
        pool.alone([&] {
          const bool last_look = collecting == Collecting::remove || options_.dry_run;
          if (!damage.empty() && last_look) leave(one.id, damage);
          if (went && went->objects + went->uploads > 0) {
            all.add(*went);
            jobs_ += 1;
          }
          if (!live || ++done % 10 != 0) return;
          lines.draw({grouped(done) + " of " + grouped(found_.size()) + " jobs, " +
                      grouped(all.bytes) + " bytes"});
        });
      });
    }
    pool.finish();
    lines.clear();
    return all;
  }

  // Uploaded inputs: of these jobs, if nothing of them is kept, and of forgotten ones.
  Swept sweep(Collecting collecting) {
    SweepWishes wishes;
    wishes.before = before_;
    if (options_.keep == "nothing") {
      for (const Found& one : found_) wishes.released.emplace(one.id.text(), one.newest.state);
    }
    if (!options_.named.none()) {
      wishes.of_jobs.emplace();
      for (const Found& one : found_) wishes.of_jobs->insert(one.id.text());
    }
    UploadSweep uploads(index_.store(), clock_, std::move(wishes));
    try {
      if (stop_.signal()) return {};
      return collecting == Collecting::remove ? uploads.remove(stop_.token()) : uploads.plan();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      const bool last_look = collecting == Collecting::remove || options_.dry_run;
      if (last_look) say(std::string("Uploaded inputs were left alone: ") + error.what() + "\n");
      damaged_ = true;
      return {};
    }
  }

  void tell(const Collected& what, const Swept& inputs, bool plan) {
    if (options_.json) {
      const nlohmann::ordered_json json = {
          {"removed", !plan},        {"ended_jobs", found_.size()}, {"jobs", jobs_},
          {"objects", what.objects}, {"bytes", what.bytes},         {"uploads", what.uploads},
          {"keep", options_.keep},   {"inputs", inputs.files},      {"inputs_bytes", inputs.bytes}};
      return print(json.dump() + "\n");
    }
    std::string text = std::string(plan ? "Would remove" : "Removed") + ": " +
                       grouped(what.objects) + " objects, " + grouped(what.bytes) + " bytes";
    if (what.uploads > 0) text += ", " + grouped(what.uploads) + " unfinished uploads";
    text += ", of " + grouped(jobs_) + (jobs_ == 1 ? " job" : " jobs") + "; " +
            grouped(found_.size()) + " ended long enough ago";
    if (inputs.files > 0) {
      text += "; " + grouped(inputs.files) +
              (inputs.files == 1 ? " uploaded input, " : " uploaded inputs, ") +
              grouped(inputs.bytes) + " bytes";
    }
    print(text + "\n");
  }

  void leave(const JobId& id, const std::string& why) {
    say(id.text() + ": left alone, because " + why + "\n");
    damaged_ = true;
  }

  const CollectOptions& options_;
  Clock& clock_;
  QueueIndex index_;
  StopOnSignal stop_;
  std::vector<Found> found_;
  std::int64_t before_ = 0;  // What ended later stays; in seconds since 1970.
  std::uint64_t jobs_ = 0;
  bool damaged_ = false;
};

}  // namespace

int collect_garbage(const CollectOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);
  return GarbageCollection(options, context).run();
}

}  // namespace holdfast
