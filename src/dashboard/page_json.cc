#include "dashboard/page_json.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/ending.h"
#include "holdfast/error.h"
#include "joblog/kept_job.h"
#include "operate/operate_json.h"
#include "status/account_json.h"
#include "status/job_entry_json.h"
#include "status/needs_person_json.h"
#include "tasklog/log_window.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

constexpr Duration kRequest = std::chrono::seconds(30);
constexpr std::size_t kRunningShown = 8;
constexpr std::size_t kDearestShown = 20;
constexpr std::size_t kWorkersMax = 2000;
constexpr std::size_t kLanesPerWorkersPage = 5000;
constexpr std::size_t kBucketsMax = 48;
constexpr std::size_t kOutputBytesShown = 256 * 1024;
constexpr std::size_t kMessageBytesShown = 16 * 1024;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json parsed(const std::string& text) {
  return Json::parse(text);
}

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json time_or_null(std::int64_t time) {
  return time == 0 ? Json(nullptr) : Json(time);
}

Json json_of(const LookState& look, Duration every) {
  return {{"seen", time_or_null(look.seen)},
          {"failure", look.failure.empty() ? Json(nullptr) : Json(look.failure)},
          {"failing_since", time_or_null(look.failing_since)},
          {"looking_since", time_or_null(look.looking_since)},
          {"every_seconds", std::chrono::duration_cast<std::chrono::seconds>(every).count()}};
}

Json json_of(const JobCounts& counts) {
  return {{"waiting", counts.waiting},
          {"running", counts.running},
          {"completed", counts.completed},
          {"dead", counts.dead},
          {"cancelled", counts.cancelled}};
}

Json json_of(const QueueCounts& counts) {
  return {{"waiting", or_null(counts.waiting)},
          {"in_flight", or_null(counts.in_flight)},
          {"retrying", or_null(counts.retrying)},
          {"held", counts.held},
          {"dead", or_null(counts.dead)}};
}

Json json_of(const AttemptLane& lane) {
  Json checkpoints = Json::array();
  for (const LaneCheckpoint& one : lane.checkpoints) {
    checkpoints.push_back({{"generation", one.generation},
                           {"bytes", one.bytes},
                           {"stored", time_or_null(one.stored)},
                           {"shows", time_or_null(one.shows)},
                           {"ran_seconds", one.ran_seconds},
                           {"progress", or_null(one.fraction)},
                           {"step", or_null(one.step)}});
  }
  return {{"attempt", lane.attempt},
          {"worker", lane.worker},
          {"claimed", time_or_null(lane.claimed)},
          {"last_sign", time_or_null(lane.last_sign)},
          {"ending", lane.ended ? Json(to_text(lane.ending)) : Json(nullptr)},
          {"interruption", lane.was_interruption()},
          {"detail", lane.detail},
          {"end", time_or_null(lane.end)},
          {"taken_over", time_or_null(lane.taken_over)},
          {"ran_seconds", lane.ran_seconds},
          {"resumed", lane.resumed},
          {"spent", json_of(lane.spent)},
          {"checkpoints", std::move(checkpoints)}};
}

// Attempts of the logs that were read.
struct Seen {
  std::uint64_t attempts = 0;
  std::uint64_t interruptions = 0;
  std::uint64_t failures = 0;
  TimeAccount spent;

  void add(const AttemptLane& lane) {
    attempts += 1;
    interruptions += lane.was_interruption() ? 1 : 0;
    failures += lane.ended && counts_as_failure(lane.ending) ? 1 : 0;
    spent += lane.spent;
  }
};

Json json_of(const Seen& seen) {
  return {{"attempts", seen.attempts},
          {"interruptions", seen.interruptions},
          {"failures", seen.failures},
          {"spent", json_of(seen.spent)}};
}

Json json_of(const SeenWorker& worker) {
  const auto& [sign, job] = worker;
  return {{"since", time_or_null(sign.started)},
          {"seen", time_or_null(sign.seen)},
          {"version", sign.version.empty() ? Json(nullptr) : Json(sign.version)},
          {"job_id", job ? Json(job->job) : Json(nullptr)},
          {"progress", job ? or_null(job->fraction) : Json(nullptr)}};
}

Json json_of(const std::vector<IndexEntry>& jobs, std::int64_t now) {
  Json array = Json::array();
  for (const IndexEntry& job : jobs) array.push_back(parsed(to_json(job, now)));
  return array;
}

Json json_of(const std::optional<Forecast>& forecast, std::int64_t now) {
  if (!forecast) return nullptr;
  const auto at = [now](double seconds) { return now + static_cast<std::int64_t>(seconds); };
  return {{"low", at(forecast->seconds_low)},
          {"middle", at(forecast->seconds)},
          {"high", at(forecast->seconds_high)}};
}

// Jobs that ended, by time, over the whole history or its last two days.
Json ended_json(const JobTable& table) {
  constexpr std::int64_t kWidths[] = {60, 300, 900, 3600};
  const std::int64_t now = table.read_at();
  const std::int64_t begins = table.begins() == 0 ? now : table.begins();
  std::int64_t width = kWidths[0];
  for (const std::int64_t one : kWidths) {
    width = one;
    if ((now - begins) / one < static_cast<std::int64_t>(kBucketsMax)) break;
  }
  const std::int64_t last = now / width * width;
  const auto buckets = std::clamp<std::int64_t>((last - begins) / width + 2, 12, kBucketsMax);
  const std::int64_t from = last - (buckets - 1) * width;
  Json array = Json::array();
  for (const JobTable::Ended& one :
       table.ended_by(from, width, static_cast<std::size_t>(buckets))) {
    array.push_back({one.completed, one.dead});
  }
  return {{"from", from}, {"width_seconds", width}, {"buckets", std::move(array)}};
}

Json index_json(const std::shared_ptr<const IndexLook>& look, const LookState& state) {
  Json json = json_of(state, FleetView::kIndexEvery);
  if (!look) return json;
  json["seconds"] = look->seconds;
  json["requests"] = look->requests;
  json["problems"] = look->problems;
  json["complete"] = look->complete;
  return json;
}

Json results_json(Store& store, const Clock& clock, const JobId& id) {
  return parsed(to_json(look_at_job(store, clock, id)));
}

}  // namespace

std::vector<StoppedGroup> stopped_groups(FleetView& view, const DashboardFacts& facts) {
  const auto index = view.index().first;
  const auto queue = view.queue().first;
  if (!index) return {};
  auto groups = stopped_groups(index->stops, queue ? std::optional(queue->held) : std::nullopt);
  if (!facts.group.empty()) {
    std::erase_if(groups, [&](const StoppedGroup& one) { return one.name != facts.group; });
  }
  return groups;
}

namespace {

// Jobs that have not ended.
struct OpenJobs {
  std::uint64_t left = 0;
  std::uint64_t held = 0;       // Of these, of groups that have stopped.
  std::uint64_t unclaimed = 0;  // Of these, not taken by any worker yet: the queue or the group
                                // knows of them.
};

OpenJobs open_jobs(FleetView& view, const DashboardFacts& facts, const JobCounts& counts) {
  const auto queue = view.queue().first;
  const std::uint64_t ended = counts.completed + counts.dead + counts.cancelled;
  const std::uint64_t begun = counts.running + counts.waiting;
  OpenJobs open{begun};
  if (!facts.group.empty()) {
    open.left = std::max(begun, facts.group_jobs - std::min(facts.group_jobs, ended));
    if (!stopped_groups(view, facts).empty()) open.held = open.left - counts.running;
  } else if (queue && queue->waiting) {
    open.held = queue->held;
    open.left = std::max(begun, *queue->waiting + queue->in_flight.value_or(0) +
                                    queue->retrying.value_or(0) + open.held);
  }
  open.unclaimed = open.left - begun;
  return open;
}

}  // namespace

std::string overview_json(FleetView& view, const DashboardFacts& facts) {
  const auto [index, index_state] = view.index();
  const auto [queue, queue_state] = view.queue();
  const std::int64_t now = view.now();
  Json json = {{"version", facts.version},
               {"queue_name", facts.queue},
               {"store_name", facts.store},
               {"group", facts.group.empty() ? Json(nullptr) : Json(facts.group)},
               {"group_jobs", facts.group.empty() ? Json(nullptr) : Json(facts.group_jobs)},
               {"actions", facts.actions},
               {"price", or_null(facts.dollars_per_hour)},
               {"now", now},
               {"index", index_json(index, index_state)},
               {"queue_look", json_of(queue_state, FleetView::kQueueEvery)},
               {"queue", queue ? json_of(*queue) : Json(nullptr)}};
  if (!index) return dump(json);
  const JobTable& table = index->table;
  json["spent"] = json_of(table.spent());
  json["counts"] = json_of(table.counts());
  json["unfit_workers"] = unfit_json(index->unfit);
  json["dead_reasons"] = table.reasons();
  json["ended"] = ended_json(table);
  const Throughput throughput = table.throughput();
  json["throughput"] = {{"completed", throughput.completed},
                        {"window_seconds", throughput.window_seconds}};
  const AtRisk risk = table.at_risk();
  json["at_risk"] = {{"jobs", table.counts().running},
                     {"seconds", risk.seconds},
                     {"seconds_max", risk.seconds_most},
                     {"job_id", risk.job.empty() ? Json(nullptr) : Json(risk.job)}};
  json["stopped_groups"] = stopped_json(stopped_groups(view, facts));
  const JobCounts& counts = table.counts();
  const auto [left, held, unclaimed] = open_jobs(view, facts, counts);
  const std::uint64_t total = left + counts.completed + counts.dead + counts.cancelled;
  json["left"] = left;
  json["held"] = held;
  json["unclaimed"] = unclaimed;
  json["total"] = total;
  // Nobody knows when those on hold go on.
  const auto when_left = [&, left = left, held = held](std::uint64_t then) -> Json {
    if (left <= then || held > then) return nullptr;
    const double longest = then == 0 ? table.rest_longest() : 0;
    return json_of(forecast(throughput, left - then, longest), table.read_at());
  };
  json["forecast"] = {
      {"half", when_left(total / 2)}, {"ninety", when_left(total / 10)}, {"all", when_left(0)}};
  JobPage longest;
  longest.filter.states = {JobState::running};
  longest.column = JobColumn::lag;
  longest.count = kRunningShown;
  json["running"] = json_of(table.select(longest).jobs, table.read_at());
  return dump(json);
}

std::string jobs_json(FleetView& view, const DashboardFacts& facts, const JobPage& page) {
  const auto [index, state] = view.index();
  Json json = {{"now", view.now()}, {"index", index_json(index, state)}};
  if (!index) return dump(json);
  const JobSelection selection = index->table.select(page);
  json["counts"] = json_of(index->table.counts());
  json["unclaimed"] = open_jobs(view, facts, index->table.counts()).unclaimed;
  json["group"] = facts.group.empty() ? Json(nullptr) : Json(facts.group);
  json["reasons"] = index->table.reasons();
  json["matching"] = selection.matching;
  json["first"] = page.first;
  json["jobs"] = json_of(selection.jobs, index->table.read_at());
  return dump(json);
}

std::string job_json(FleetView& view, const DashboardFacts& facts, const JobId& id,
                     const OutputChoice& choice) {
  Json json = {{"job_id", id.text()},
               {"now", view.now()},
               {"actions", facts.actions},
               {"price", or_null(facts.dollars_per_hour)},
               {"failures", Json::array()}};
  // Each part by itself: one that cannot be read hides no other.
  const auto part = [&](const char* name, const auto& make) {
    try {
      json[name] = make();
    } catch (const std::exception& error) {
      json[name] = nullptr;
      json["failures"].push_back(error.what());
    }
  };
  JobHistory history;
  part("lanes", [&] {
    history = view.job(id);
    Json lanes = Json::array();
    for (const AttemptLane& lane : history.lanes.lanes) lanes.push_back(json_of(lane));
    Json events = Json::array();
    for (const LaneEvent& event : history.lanes.events) {
      events.push_back({{"kind", to_text(event.kind)},
                        {"when", time_or_null(event.when)},
                        {"by", event.by},
                        {"reason", event.reason}});
    }
    json["events"] = std::move(events);
    json["records_missing"] = history.lanes.records_missing;
    return lanes;
  });
  part("status", [&] { return results_json(view.store(), view.clock(), id); });
  part("why", [&]() -> Json {
    const bool asked = !history.newest || history.newest->state == JobState::waiting ||
                       history.newest->state == JobState::dead;
    return asked ? Json(view.why(id, history.newest)) : Json(nullptr);
  });
  part("output", [&]() -> Json {
    if (!history.newest) return nullptr;
    const LogReader reader(view.store(), view.clock(), id);
    const auto attempt = choice.attempt ? AttemptNumber{*choice.attempt}
                                        : attempt_with_output(reader, history.newest->attempt);
    const auto window =
        attempt ? log_window(reader, *attempt, choice.at, kOutputBytesShown) : std::nullopt;
    if (!window) return nullptr;
    return {{"attempt", attempt->value}, {"whole", window->from == 0 && window->to == window->end},
            {"from", window->from},      {"to", window->to},
            {"end", window->end},        {"text", window->text}};
  });
  part("message", [&]() -> Json {
    const auto body = read_kept_job(view.store(), id, view.clock().now() + kRequest);
    if (!body) return nullptr;
    return body->substr(0, kMessageBytesShown);
  });
  return dump(json);
}

std::string machines_json(FleetView& view) {
  const auto [index, state] = view.index();
  const auto [history, history_state] = view.history();
  const std::int64_t now = view.now();
  Json json = {{"now", now},
               {"index", index_json(index, state)},
               {"history", json_of(history_state, FleetView::kHistoryEvery)}};
  if (!index) return dump(json);
  std::map<std::string, WorkerJobs> workers = index->table.workers();
  std::map<std::string, std::int64_t> vanished;  // When others knew that a worker had.
  Json lanes = Json::array();
  std::map<std::string, Seen> seen;
  if (history) {
    for (const HistoryLook::Job& job : history->jobs) {
      for (const AttemptLane& lane : job.lanes.lanes) {
        seen[lane.worker].add(lane);
        std::int64_t& last = workers.try_emplace(lane.worker).first->second.last;
        last = std::max(last, lane.last_sign);
        if (lane.ended && lane.ending == Ending::lost) {
          std::int64_t& when = vanished[lane.worker];
          when = std::max(when, lane.taken_over);
        }
        if (lanes.size() >= kLanesPerWorkersPage) continue;
        lanes.push_back({{"job_id", job.id},
                         {"attempt", lane.attempt},
                         {"worker", lane.worker},
                         {"claimed", time_or_null(lane.claimed)},
                         {"end", time_or_null(lane.ended ? lane.end : now)},
                         {"taken_over", time_or_null(lane.taken_over)},
                         {"ending", lane.ended ? Json(to_text(lane.ending)) : Json(nullptr)},
                         {"interruption", lane.was_interruption()},
                         {"spent", json_of(lane.spent)}});
      }
    }
    json["jobs_read"] = history->jobs.size();
    json["jobs"] = history->of;
  }
  std::map<std::string, const SeenWorker*> connected;
  std::uint64_t idle = 0;
  for (const SeenWorker& one : index->workers) {
    const auto gone = vanished.find(one.sign.worker);
    if (!one.job && gone != vanished.end() && gone->second >= one.sign.seen) continue;
    connected[one.sign.worker] = &one;
    idle += one.job ? 0 : 1;
    workers.try_emplace(one.sign.worker);
  }
  Json array = Json::array();
  for (const auto& [worker, jobs] : workers) {
    if (array.size() >= kWorkersMax) break;
    array.push_back(
        {{"worker", worker},
         {"running", jobs.running},
         {"completed", jobs.completed},
         {"dead", jobs.dead},
         {"others", jobs.others},
         {"last", time_or_null(jobs.last)},
         {"connected", connected.contains(worker) ? json_of(*connected[worker]) : Json(nullptr)},
         {"seen", seen.contains(worker) ? json_of(seen[worker]) : Json(nullptr)}});
  }
  json["workers_count"] = workers.size();
  json["connected"] = connected.size();
  json["idle"] = idle;
  json["workers"] = std::move(array);
  json["unfit_workers"] = unfit_json(index->unfit);
  json["lanes"] = std::move(lanes);
  return dump(json);
}

std::string money_json(FleetView& view, const DashboardFacts& facts) {
  const auto [index, state] = view.index();
  const auto [history, history_state] = view.history();
  Json json = {{"now", view.now()},
               {"price", or_null(facts.dollars_per_hour)},
               {"index", index_json(index, state)},
               {"history", json_of(history_state, FleetView::kHistoryEvery)}};
  if (!index) return dump(json);
  json["spent"] = json_of(index->table.spent());
  json["jobs"] = index->table.size();
  JobPage dearest;
  dearest.column = JobColumn::cost;
  dearest.count = kDearestShown;
  json["dearest"] = json_of(index->table.select(dearest).jobs, index->table.read_at());
  if (!history) return dump(json);
  std::map<std::string, Seen> endings;
  for (const HistoryLook::Job& job : history->jobs) {
    for (const AttemptLane& lane : job.lanes.lanes) {
      const std::string ending(lane.ended ? to_text(lane.ending) : "running");
      endings[lane.later && lane.ending == Ending::interrupted ? "later" : ending].add(lane);
    }
  }
  json["jobs_read"] = history->jobs.size();
  json["endings"] = Json::object();
  for (const auto& [ending, seen] : endings) json["endings"][ending] = json_of(seen);
  return dump(json);
}

std::string dead_json(FleetView& view) {
  const auto [index, state] = view.index();
  const auto [letters, letters_state] = view.letters();
  Json json = {{"now", view.now()},
               {"index", index_json(index, state)},
               {"letters_look", json_of(letters_state, FleetView::kLettersEvery)},
               {"letters", nullptr}};
  if (letters) {
    json["letters"] = Json::array();
    json["all"] = letters->all;
    for (const SeenDeadLetter& seen : letters->letters) {
      json["letters"].push_back(parsed(to_json(seen.view, seen.letter)));
    }
  }
  if (index) {
    json["reasons"] = index->table.reasons();
    JobPage dead;
    dead.filter.states = {JobState::dead};
    dead.count = FleetView::kLettersMax;
    const JobSelection selection = index->table.select(dead);
    json["matching"] = selection.matching;
    json["jobs"] = json_of(selection.jobs, index->table.read_at());
  }
  return dump(json);
}

std::string error_json(const std::string& text) {
  return dump(Json{{"error", text}});
}

}  // namespace holdfast
