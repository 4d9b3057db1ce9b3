#include "app/commands/fleet_json.h"

#include <nlohmann/json.hpp>

#include "status/needs_person_json.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::string word(FleetPower power) {
  switch (power) {
    case FleetPower::start:
      return "start";
    case FleetPower::stop:
      return "stop";
    case FleetPower::leave:
      break;
  }
  return "leave";
}

Json fleet_of(const FleetReading& fleet) {
  return {{"state", to_text(fleet.status)},
          {"pending_change", fleet.pending_change},
          {"replicas", fleet.wanted},
          {"running", fleet.running},
          {"starting", fleet.starting},
          {"stopping", fleet.stopping},
          {"shielded", or_null(fleet.shielded)},
          {"replicas_max", or_null(fleet.size_max)}};
}

}  // namespace

std::string to_json(const ScalingRound& round) {
  const BacklogReading& backlog = round.reading.backlog;
  const ScalingDecision& decision = round.decision;
  Json json = {{"waiting", or_null(backlog.waiting)},
               {"in_flight", or_null(backlog.in_flight)},
               {"retrying", backlog.retrying},
               {"fleet", round.reading.fleet ? fleet_of(*round.reading.fleet) : Json(nullptr)},
               {"set_replicas", or_null(decision.size)},
               {"power", word(decision.power)},
               {"busy_at_risk", decision.busy_at_risk},
               {"person_needed", decision.person_needed},
               {"carried_out", round.carried_out},
               {"milliseconds_from_reading",
                std::chrono::duration_cast<std::chrono::milliseconds>(round.took).count()},
               {"reason", decision.reason},
               {"failures", round.failures}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_json(const std::vector<SeenWorker>& workers, const std::vector<UnfitNotice>& unfit) {
  Json json = {{"workers", Json::array()}};
  for (const SeenWorker& worker : workers) {
    const bool known = worker.sign.started > 0;
    json["workers"].push_back(
        {{"worker", worker.sign.worker},
         {"job_id", worker.job ? Json(worker.job->job) : Json(nullptr)},
         {"progress", worker.job ? or_null(worker.job->fraction) : Json(nullptr)},
         {"started", known ? Json(worker.sign.started) : Json(nullptr)},
         {"last_sign", worker.sign.seen},
         {"version", known ? Json(worker.sign.version) : Json(nullptr)}});
  }
  json["unfit_workers"] = unfit_json(unfit);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_json(const FleetReading& fleet, const std::vector<InstanceWithJob>& instances) {
  Json json = fleet_of(fleet);
  json["instances"] = Json::array();
  for (const auto& [instance, job] : instances) {
    json["instances"].push_back({{"id", instance.id},
                                 {"machine", instance.machine},
                                 {"state", to_text(instance.state)},
                                 {"since", instance.since},
                                 {"deletion_cost", instance.deletion_cost},
                                 {"job", job.empty() ? Json(nullptr) : Json(job)}});
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace holdfast
