#include "autoscale/autoscale_pages.h"

#include "core/metrics_text.h"

namespace holdfast {

namespace {

template <typename Number>
void gauge_if(MetricsText& text, const char* name, const char* help,
              const std::optional<Number>& value) {
  if (value) text.gauge(name, help, static_cast<double>(*value));
}

}  // namespace

void ScalingCounts::add(const ScalingRound& round) {
  rounds += 1;
  failures += round.failures.size();
  if (!round.carried_out) return;
  changes += 1;
  busy_at_risk += round.decision.busy_at_risk;
}

std::string autoscale_metrics(const ScalingRound& last, const ScalingCounts& counts) {
  MetricsText text;
  const BacklogReading& backlog = last.reading.backlog;
  gauge_if(text, "holdfast_queue_waiting", "Jobs that wait", backlog.waiting);
  gauge_if(text, "holdfast_queue_in_flight", "Messages that workers hold", backlog.in_flight);
  if (const auto& fleet = last.reading.fleet) {
    text.gauge("holdfast_fleet_wanted", "Machines that are wanted", fleet->wanted);
    text.gauge("holdfast_fleet_running", "Machines that run", fleet->running);
    text.gauge("holdfast_fleet_starting", "Machines that start", fleet->starting);
    text.gauge("holdfast_fleet_stopping", "Machines that stop", fleet->stopping);
    gauge_if(text, "holdfast_fleet_shielded", "Machines with a deletion cost", fleet->shielded);
    text.gauge("holdfast_fleet_person_needed", "1: the cloud has given up, a person must act",
               last.decision.person_needed ? 1 : 0);
  }
  const auto count = [&text](const char* name, const char* help, std::uint64_t value) {
    text.counter(name, help, static_cast<double>(value));
  };
  count("holdfast_autoscale_rounds_total", "Looks at queue and fleet", counts.rounds);
  count("holdfast_autoscale_failures_total", "Calls that failed", counts.failures);
  count("holdfast_autoscale_changes_total", "Changes of the fleet", counts.changes);
  count("holdfast_autoscale_busy_at_risk_total", "Busy machines that changes may have taken",
        counts.busy_at_risk);
  return text.text();
}

}  // namespace holdfast
