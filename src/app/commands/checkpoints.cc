// holdfast checkpoints: what is stored of jobs' progress. list, restore, prune.
#include <unistd.h>

#include <filesystem>

#include "app/commands/commands.h"
#include "app/commands/places.h"
#include "app/exit_codes.h"
#include "app/table.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/wiring.h"
#include "base/file.h"
#include "base/log.h"
#include "checkpoint/restorer.h"
#include "core/text.h"
#include "joblog/job_log.h"
#include "operate/kept_checkpoints.h"
#include "operate/operate_json.h"
#include "status/each_job.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr Duration kRead = std::chrono::seconds(30);

JobId id_of(const std::string& word) {
  const auto id = JobId::parse(word);
  if (!id) throw UsageError(JobId::what_is_wrong(word));
  return *id;
}

std::optional<Record> newest_of(Store& store, const Clock& clock, const JobId& id) {
  return JobLog(store, clock, id).read(clock.now() + kRead);
}

int tell_none(const JobId& id, const std::optional<Record>& newest) {
  say(newest ? "Job " + id.text() + " has no checkpoint.\n"
             : "No worker has claimed a job " + id.text() + " yet, so it has no checkpoint.\n");
  return kExitNotAll;
}

int list_checkpoints(const CheckpointsOptions& options, Store& store,
                     const CommandContext& context) {
  SignalWatch::let_through();
  const JobId id = id_of(options.jobs.front());
  const auto newest = newest_of(store, context.clock, id);
  if (!newest || newest->checkpoints.empty()) return tell_none(id, newest);
  std::vector<TableRow> rows;
  bool damaged = false;
  for (KeptCheckpoint& one : kept_checkpoints(store, context.clock, id, *newest)) {
    if (options.verify) verify(store, context.clock, id, one, {});
    damaged = damaged || !one.damage.empty();
    if (options.json) print(to_json(one) + "\n");
    TableRow row{std::to_string(one.ref.generation.value), grouped(one.ref.size_bytes),
                 std::to_string(one.ref.attempt.value), one.when};
    if (options.verify) row.push_back(one.damage.empty() ? "whole" : "damaged: " + one.damage);
    rows.push_back(std::move(row));
  }
  if (!options.json) {
    TableRow head{"GENERATION", "BYTES", "ATTEMPT", "WHEN"};
    if (options.verify) head.push_back("STATE");
    print(table(head, rows, std::nullopt));
  }
  return damaged ? kExitNotAll : kExitDone;
}

// Or absent.
void require_empty(const fs::path& directory) {
  std::error_code code;
  if (fs::exists(directory, code) && (!fs::is_directory(directory) || !fs::is_empty(directory))) {
    throw UsageError(directory.string() +
                     " exists and is not an empty directory; nothing was restored");
  }
}

int restore_checkpoint(const CheckpointsOptions& options, Store& store,
                       const CommandContext& context) {
  const JobId id = id_of(options.jobs.front());
  const fs::path directory = fs::absolute(options.to).lexically_normal();
  require_empty(directory);
  StopOnSignal stop(context.signals, context.clock);
  const auto newest = newest_of(store, context.clock, id);
  if (!newest || newest->checkpoints.empty()) return tell_none(id, newest);
  std::vector<CheckpointRef> wanted = newest->checkpoints;
  if (options.generation) {
    std::erase_if(wanted, [&](const CheckpointRef& ref) {
      return ref.generation.value != *options.generation;
    });
    if (wanted.empty()) {
      say("Job " + id.text() + " has no checkpoint of generation " +
          std::to_string(*options.generation) +
          " (or it is no longer kept); holdfast checkpoints list " + id.text() +
          " shows the kept ones.\n");
      return kExitNotAll;
    }
  }
  try {
    const auto restored =
        Restorer(store, context.clock, StoreLayout(id)).restore(wanted, directory, stop.token());
    if (!restored) {
      make_empty(directory);
      return kExitSignalBase + stop.signal().value_or(0);
    }
    const bool is_newest = restored->ref == newest->checkpoints.front();
    print(options.json
              ? restored_json(id.text(), restored->ref, directory.string(), is_newest) + "\n"
              : "generation " + std::to_string(restored->ref.generation.value) + " of job " +
                    id.text() + ", " + grouped(restored->ref.size_bytes) + " bytes, is in " +
                    directory.string() + "\n");
    if (is_newest || options.generation) return kExitDone;
    say("Newer ones are damaged: holdfast checkpoints list " + id.text() + " --verify\n");
    return kExitDone;
  } catch (const Error& error) {
    make_empty(directory);  // Half a checkpoint looks like a whole one.
    if (const auto signal = stop.signal()) return kExitSignalBase + *signal;
    if (error.kind() != ErrorKind::corrupt) throw;
    say("holdfast: " + std::string(error.what()) + "\n");
    return kExitNotAll;
  }
}

class Pruner {
 public:
  Pruner(Store& store, const CheckpointsOptions& options, const CommandContext& context)
      : store_(store),
        dry_run_(options.dry_run),
        json_(options.json),
        clock_(context.clock),
        stop_(context.signals, clock_) {}

  void prune(const JobId& id) {
    if (stop_.signal()) return;
    try {
      const auto went = prune_job(store_, clock_, id,
                                  dry_run_ ? Pruning::only_count : Pruning::remove, stop_.token());
      if (!went) {
        leave_alone(id, "it has no log, so nothing can be removed safely");
        return;
      }
      if (json_) print(pruned_json(id.text(), !dry_run_, *went, "") + "\n");
      objects_ += went->objects;
      bytes_ += went->bytes;
      jobs_ += 1;
      uploads_ += went->uploads;
      if (json_ || went->objects + went->uploads == 0) return;
      print(id.text() + ": " + in_words(went->objects, went->bytes, went->uploads) + "\n");
    } catch (const Error& error) {
      // One damaged job shall not keep the others from being pruned.
      if (error.kind() != ErrorKind::corrupt) throw;
      leave_alone(id, error.what());
    }
  }

  // All that have ended.
  void prune_ended() {
    std::vector<JobId> ended;
    for_each_job(
        store_, clock_,
        [&](const FoundJob& job) {
          if (!job.damage.empty()) leave_alone(*job.id, job.damage);
          if (job.newest && is_end(job.newest->state)) ended.push_back(*job.id);
        },
        [&] {
          for (const JobId& id : ended) prune(id);
          ended.clear();
          return !stop_.signal();
        });
  }

  int tell_end() const {
    if (!json_) {
      print(std::string(dry_run_ ? "Would remove" : "Removed") + ": " +
            in_words(objects_, bytes_, uploads_) + ", of " + grouped(jobs_) +
            (jobs_ == 1 ? " job\n" : " jobs\n"));
    }
    if (const auto signal = stop_.signal()) return kExitSignalBase + *signal;
    return complete_ ? kExitDone : kExitNotAll;
  }

 private:
  static std::string in_words(std::uint64_t objects, std::uint64_t bytes, std::uint64_t uploads) {
    std::string text = grouped(objects) + " objects, " + grouped(bytes) + " bytes";
    if (uploads > 0) text += ", " + grouped(uploads) + " unfinished uploads";
    return text;
  }

  void leave_alone(const JobId& id, const std::string& why) {
    complete_ = false;
    if (json_) return print(pruned_json(id.text(), false, {}, why) + "\n");
    say(id.text() + ": left alone, because " + why + "\n");
  }

  Store& store_;
  const bool dry_run_;
  const bool json_;
  const Clock& clock_;
  StopOnSignal stop_;
  std::uint64_t objects_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t uploads_ = 0;
  std::uint64_t jobs_ = 0;
  bool complete_ = true;
};

int prune_jobs(const CheckpointsOptions& options, Store& store, const CommandContext& context) {
  if (options.all == !options.jobs.empty()) {
    throw UsageError("name the jobs: their ids, or --all");
  }
  std::vector<JobId> ids;
  for (const std::string& word : options.jobs) ids.push_back(id_of(word));
  Pruner pruner(store, options, context);
  if (options.all) pruner.prune_ended();
  for (const JobId& id : ids) pruner.prune(id);
  return pruner.tell_end();
}

}  // namespace

int checkpoints(const CheckpointsOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  StoreStack store(existing_store(settings_of(options.place, options.state)), context.clock);
  switch (options.what) {
    case CheckpointsOptions::What::list:
      return list_checkpoints(options, store.store(), context);
    case CheckpointsOptions::What::restore:
      return restore_checkpoint(options, store.store(), context);
    case CheckpointsOptions::What::prune:
      return prune_jobs(options, store.store(), context);
  }
  return kExitUsage;
}

}  // namespace holdfast
