// holdfast fleet: the group and its machines.
#include "app/commands/commands.h"
#include "app/commands/fleet_json.h"
#include "app/commands/job_index.h"
#include "app/commands/places.h"
#include "app/duration_text.h"
#include "app/exit_codes.h"
#include "app/fleet_config.h"
#include "app/table.h"
#include "app/terminal.h"
#include "app/wiring.h"
#include "base/log.h"
#include "core/text.h"
#include "status/job_list.h"
#include "status/unfit_workers.h"
#include "status/workers.h"

namespace holdfast {

namespace {

constexpr Duration kWait = std::chrono::minutes(2);

std::string for_people(const FleetConfig& place, const FleetReading& fleet,
                       const std::vector<InstanceWithJob>& instances) {
  std::string text = shown(place) + " is " + std::string(to_text(fleet.status)) + ": " +
                     std::to_string(fleet.wanted) + " wanted, " + std::to_string(fleet.running) +
                     " running, " + std::to_string(fleet.starting) + " starting, " +
                     std::to_string(fleet.stopping) + " stopping";
  if (fleet.size_max) text += "; at most " + std::to_string(*fleet.size_max) + " are allowed";
  text += fleet.pending_change ? "; a change is pending\n" : "\n";
  if (instances.empty()) return text;
  std::vector<TableRow> rows;
  for (const auto& [instance, job] : instances) {
    rows.push_back({instance.id, std::string(to_text(instance.state)), instance.since,
                    std::to_string(instance.deletion_cost), job.empty() ? "-" : job});
  }
  return text + table({"INSTANCE", "STATE", "SINCE", "COST", "JOB"}, rows, std::nullopt);
}

std::string since_text(std::int64_t when, std::int64_t now) {
  return when == 0 ? "" : short_text(std::chrono::seconds(std::max<std::int64_t>(now - when, 0)));
}

std::string for_people(const std::vector<SeenWorker>& workers, std::int64_t now) {
  std::vector<TableRow> rows;
  std::size_t busy = 0;
  for (const SeenWorker& worker : workers) {
    const auto& job = worker.job;
    busy += job ? 1 : 0;
    const bool progress = job && job->fraction;
    rows.push_back({worker.sign.worker, job ? job->job : "-",
                    progress ? std::to_string(static_cast<int>(*job->fraction * 100)) + " %" : "",
                    since_text(worker.sign.started, now), since_text(worker.sign.seen, now),
                    worker.sign.version});
  }
  std::string text = grouped(workers.size()) + (workers.size() == 1 ? " worker" : " workers") +
                     ", " + grouped(busy) + " with a job\n";
  if (rows.empty()) return text;
  return text +
         table({"WORKER", "JOB", "PROGRESS", "UP", "LAST SIGN", "VERSION"}, rows, std::nullopt);
}

// The workers themselves, whatever cloud they are in.
int show_workers(const FleetOptions& options, const Settings& settings,
                 const CommandContext& context) {
  QueueIndex index(settings, context.clock);
  const std::int64_t now = seconds_since_1970(context.clock.wall());
  const JobOverview jobs = index.list({.now = now});
  const auto workers =
      seen_workers(index.store(), context.clock, index.layout(), jobs.running, now);
  const auto unfit = unfit_workers(index.store(), context.clock);
  print(options.json ? to_json(workers, unfit) + "\n"
                     : for_people(workers, now) + for_people(unfit));
  return kExitDone;
}

}  // namespace

int show_fleet(const FleetOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  SignalWatch::let_through();
  const Settings settings = settings_of(options.place);
  if (!names_a_cloud(settings)) return show_workers(options, settings, context);
  const FleetConfig place = fleet_config(settings);
  std::optional<StoreConfig> store_place;
  if (options.with_jobs) store_place = store_config(settings);
  const auto fleet = make_fleet(place, context.clock);
  const TimePoint deadline = context.clock.now() + kWait;
  const FleetReading reading = fleet->read(deadline);
  // Before the jobs, which take their time where there are many.
  std::vector<FleetInstance> listed = fleet->instances(deadline);
  std::map<std::string, std::string> jobs;
  if (store_place) {
    StoreStack store(*store_place, context.clock);
    const JobOverview list =
        list_jobs_by_logs(store.store(), context.clock, {}, [](std::uint64_t) { return true; });
    for (const IndexEntry& job : list.running) jobs[job.worker] = job.job;
  }
  std::vector<InstanceWithJob> instances;
  for (FleetInstance& instance : listed) {
    // A worker is known by its instance, else by its machine.
    const auto by_instance = jobs.find(instance.id);
    const auto found = by_instance != jobs.end() ? by_instance : jobs.find(instance.machine);
    instances.push_back({std::move(instance), found == jobs.end() ? "" : found->second});
  }
  print(options.json ? to_json(reading, instances) + "\n" : for_people(place, reading, instances));
  return kExitDone;
}

}  // namespace holdfast
