#include "core/scaling.h"

#include <algorithm>
#include <limits>

namespace holdfast {

namespace {

std::string many(std::uint64_t count, const std::string& one, const std::string& more) {
  return std::to_string(count) + " " + (count == 1 ? one : more);
}

std::string machines(std::uint64_t count) {
  return many(count, "machine", "machines");
}

std::string jobs(std::uint64_t count) {
  return many(count, "job", "jobs");
}

std::string in_text(Duration time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  return seconds < 120 ? std::to_string(seconds) + " s" : std::to_string(seconds / 60) + " min";
}

bool is_off(FleetStatus status) {
  return status == FleetStatus::stopped || status == FleetStatus::succeeded;
}

// One machine's jobs until the backlog is to be worked off; a new machine first has to start.
std::uint64_t jobs_per_machine(const ScalingPolicy& policy) {
  if (!policy.drain_within || !policy.job_time || *policy.job_time <= Duration::zero()) {
    return std::max(policy.jobs_per_machine, 1u);
  }
  const Duration left = *policy.drain_within - policy.cold_start;
  return static_cast<std::uint64_t>(std::max<Duration::rep>(left / *policy.job_time, 1));
}

// The budget, as a number of machines.
std::uint32_t affordable(const ScalingPolicy& policy) {
  constexpr std::uint32_t kAny = std::numeric_limits<std::uint32_t>::max();
  if (!policy.dollars_per_hour || !policy.machine_dollars_per_hour) return kAny;
  if (*policy.machine_dollars_per_hour <= 0) return kAny;
  constexpr double kRounding = 1e-9;  // 0.3 dollars buy three machines at 0.1.
  const double count = *policy.dollars_per_hour / *policy.machine_dollars_per_hour + kRounding;
  return count < kAny ? static_cast<std::uint32_t>(count) : kAny;
}

std::uint32_t clamped(std::uint64_t size, std::uint32_t least, std::uint32_t most) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(std::max<std::uint64_t>(size, least), most));
}

// One decision in the making.
class Scaling {
 public:
  Scaling(const ScalingPolicy& policy, const ScalingReading& reading, const ScalingState& state)
      : policy_(policy), reading_(reading), fleet_(*reading.fleet) {
    decision_.next = state;
    const BacklogReading& backlog = reading.backlog;
    const std::uint64_t shielded = fleet_.shielded.value_or(0);
    // Who says that it is busy is believed, also if the broker knows nothing of it.
    busy_ = std::max(backlog.in_flight.value_or(0), shielded);
    backlog_ = *backlog.waiting + backlog.retrying + busy_;
    target_ = size_for(policy, backlog_);
    if (fleet_.size_max) target_ = std::min(target_, *fleet_.size_max);
  }

  ScalingDecision decide() {
    if (backlog_ > 0 || !reading_.backlog.in_flight) forget_zero();
    if (fleet_.status == FleetStatus::failed) {
      decision_.person_needed = true;
      return keep(
          "the cloud cannot use the image and has given up (state failed): fix the image or the "
          "access to it, then deploy again");
    }
    if (fleet_.status == FleetStatus::pending) {
      return keep("the cloud is preparing the image; the size can be set when that is done");
    }
    if (is_off(fleet_.status)) return target_ == 0 ? stay_off() : start();
    if (target_ > fleet_.wanted) return grow();
    if (backlog_ == 0 && reading_.backlog.in_flight && policy_.size_min == 0) return to_zero();
    if (target_ == fleet_.wanted) {
      forget_enough();
      return keep(work() + "; " + machines(fleet_.wanted) + " as wanted");
    }
    return shrink();
  }

 private:
  ScalingDecision keep(std::string reason) {
    decision_.reason = std::move(reason);
    return decision_;
  }

  void forget_zero() {
    decision_.next.zero_readings = 0;
    decision_.next.zero_since.reset();
    decision_.next.zero_counted_at.reset();
  }

  void forget_enough() {
    decision_.next.enough_since.reset();
    decision_.next.enough = 0;
  }

  std::string work() const {
    std::string text = jobs(*reading_.backlog.waiting) + " waiting, ";
    text += reading_.backlog.in_flight ? std::to_string(*reading_.backlog.in_flight) : "unknown";
    text += " in flight";
    if (reading_.backlog.retrying > 0) {
      text += ", " + std::to_string(reading_.backlog.retrying) + " waiting for a retry";
    }
    return text;
  }

  // Why the size is not larger than it is.
  std::string limit() const {
    const std::uint64_t wish = size_for(unlimited(), backlog_);
    if (wish <= target_) return {};
    if (fleet_.size_max && target_ == *fleet_.size_max) return " (quota or cloud allow no more)";
    if (target_ == affordable(policy_)) return " (the budget allows no more)";
    return " (the most that was allowed)";
  }

  ScalingPolicy unlimited() const {
    ScalingPolicy policy = policy_;
    policy.size_max = std::numeric_limits<std::uint32_t>::max();
    policy.dollars_per_hour.reset();
    return policy;
  }

  std::uint32_t stepped_up(std::uint32_t from) const {
    if (!policy_.step_up) return target_;
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(target_, std::uint64_t{from} + std::max(*policy_.step_up, 1u)));
  }

  ScalingDecision stay_off() {
    if (backlog_ == 0) return keep("nothing is left, and the fleet is off");
    return keep(work() + ": the fleet stays off" + limit());
  }

  ScalingDecision start() {
    const std::uint32_t size = stepped_up(0);
    decision_.next.grown_at = reading_.at;
    forget_enough();
    if (size != fleet_.wanted) decision_.size = size;
    decision_.power = FleetPower::start;
    return keep(work() + ": the fleet is started with " + machines(size) + limit());
  }

  ScalingDecision grow() {
    decision_.next.grown_at = reading_.at;
    forget_enough();
    decision_.size = stepped_up(fleet_.wanted);
    return keep(work() + ": from " + std::to_string(fleet_.wanted) + " to " +
                machines(*decision_.size) + limit());
  }

  ScalingDecision to_zero() {
    ScalingState& next = decision_.next;
    if (!next.zero_since) next.zero_since = reading_.at;
    if (!next.zero_counted_at || reading_.at - *next.zero_counted_at >= policy_.zero_gap) {
      ++next.zero_readings;
      next.zero_counted_at = reading_.at;
    }
    if (next.zero_readings < policy_.zero_readings) {
      decision_.look_again = policy_.zero_gap;
      return keep("nothing is left, seen " + std::to_string(next.zero_readings) + " of " +
                  std::to_string(policy_.zero_readings) + " times; looking again");
    }
    const Duration empty_for = reading_.at - *next.zero_since;
    if (empty_for < policy_.cooldown) {
      return keep("nothing is left for " + in_text(empty_for) + "; the fleet is stopped after " +
                  in_text(policy_.cooldown));
    }
    forget_zero();
    forget_enough();
    next.grown_at.reset();
    decision_.power = FleetPower::stop;
    return keep("nothing is left, seen " + std::to_string(policy_.zero_readings) +
                " times: the fleet is stopped");
  }

  // The smaller size that was enough since `enough_since`.
  std::uint32_t note_enough() {
    ScalingState& next = decision_.next;
    if (!next.enough_since) next.enough_since = reading_.at;
    next.enough = std::max(next.enough, target_);
    return next.enough;
  }

  // Machines that run a job, and idle ones that will take a waiting one in a moment.
  std::uint64_t needed() const {
    const std::uint64_t idle = fleet_.running > busy_ ? fleet_.running - busy_ : 0;
    return busy_ + std::min(*reading_.backlog.waiting, idle);
  }

  ScalingDecision shrink() {
    const std::string surplus =
        work() + "; " + std::to_string(fleet_.wanted) + " machines more than needed";
    if (fleet_.pending_change) {
      forget_enough();
      return keep(surplus + ", but a change of the group is pending");
    }
    if (!reading_.backlog.in_flight) {
      forget_enough();
      return keep(surplus +
                  ", perhaps: without the management interface the jobs in flight are unknown, and "
                  "the fleet only grows");
    }
    const std::uint32_t enough = note_enough();
    const Duration time = reading_.at - *decision_.next.enough_since;
    if (time < policy_.cooldown) {
      return keep(surplus + " for " + in_text(time) + "; they are removed after " +
                  in_text(policy_.cooldown));
    }
    const auto grown = decision_.next.grown_at;
    if (grown && reading_.at - *grown < policy_.cold_start) {
      return keep(surplus + ", but the fleet grew " + in_text(reading_.at - *grown) +
                  " ago and machines take up to " + in_text(policy_.cold_start) + " to start");
    }
    return shrink_to(enough, surplus);
  }

  // At most so many busy machines could be taken for idle ones. By number a parked duplicate looks
  // like one of them; by name it does not.
  std::uint64_t count_exposed() const {
    const std::uint64_t by_number = busy_ - fleet_.shielded.value_or(0);
    return fleet_.exposed ? std::min<std::uint64_t>(by_number, *fleet_.exposed) : by_number;
  }

  ScalingDecision shrink_to(std::uint32_t enough, const std::string& surplus) {
    const std::uint64_t exposed = count_exposed();
    if (!policy_.busy_may_go && exposed > 0) {
      return keep(surplus + ", but " +
                  (fleet_.shielded ? std::to_string(exposed) + " of " + std::to_string(busy_) +
                                         " busy machines have no deletion cost"
                                   : "the fleet does not say which machines are busy") +
                  " and could be removed (--allow-busy shrinks anyway)");
    }
    std::uint64_t size = enough;
    // The last one goes when nothing is left (to_zero) or with who runs a job: by a stop.
    if (!policy_.busy_may_go) size = std::max({size, needed(), std::uint64_t{1}});
    if (policy_.step_down) {
      const std::uint64_t step = std::max(*policy_.step_down, 1u);
      size = std::max(size, fleet_.wanted > step ? fleet_.wanted - step : 0);
    }
    if (size >= fleet_.wanted) {
      return keep(surplus + limit() +
                  (needed() > 0 ? ", but " + std::to_string(needed()) + " of them are busy"
                                : ", but the last one is removed when nothing is left") +
                  " (--allow-busy shrinks anyway)");
    }
    if (size == 0) return stop_all();
    return remove(static_cast<std::uint32_t>(size), exposed);
  }

  // Neither quota nor settings allow even one.
  ScalingDecision stop_all() {
    forget_enough();
    decision_.next.grown_at.reset();
    decision_.power = FleetPower::stop;
    decision_.busy_at_risk = busy_;
    std::string reason = work() + ": the fleet is stopped" + limit();
    if (busy_ > 0) reason += ", with up to " + std::to_string(busy_) + " busy machines";
    return keep(reason);
  }

  ScalingDecision remove(std::uint32_t size, std::uint64_t exposed) {
    const std::uint64_t gone = fleet_.wanted - size;
    decision_.busy_at_risk = std::max(busy_ > size ? busy_ - size : 0, std::min(exposed, gone));
    decision_.size = size;
    decision_.next.enough_since = reading_.at;
    decision_.next.enough = 0;
    std::string reason =
        work() + ": from " + std::to_string(fleet_.wanted) + " to " + machines(size);
    if (decision_.busy_at_risk > 0) {
      reason += "; up to " + std::to_string(decision_.busy_at_risk) +
                " busy ones may be removed, those with the least unsaved work first";
    } else {
      reason += ", idle ones are removed";
    }
    return keep(reason);
  }

  const ScalingPolicy& policy_;
  const ScalingReading& reading_;
  const FleetReading& fleet_;
  ScalingDecision decision_;
  std::uint64_t busy_ = 0;
  std::uint64_t backlog_ = 0;
  std::uint32_t target_ = 0;
};

// Whether a reading lacks what every decision needs; the reason, or empty.
std::string what_is_missing(const ScalingReading& reading) {
  if (!reading.fleet) return "the fleet could not be read; nothing is changed";
  if (!reading.backlog.waiting) {
    return "the queue could not be read, which is not the same as empty; nothing is changed";
  }
  return {};
}

}  // namespace

std::uint32_t size_for(const ScalingPolicy& policy, std::uint64_t backlog) {
  const std::uint64_t per_machine = jobs_per_machine(policy);
  const std::uint64_t wish = backlog / per_machine + (backlog % per_machine > 0 ? 1 : 0);
  return std::min(clamped(wish, policy.size_min, policy.size_max), affordable(policy));
}

ScalingDecision decide_scaling(const ScalingPolicy& policy, const ScalingReading& reading,
                               const ScalingState& state) {
  if (std::string missing = what_is_missing(reading); !missing.empty()) {
    ScalingDecision decision;
    decision.reason = std::move(missing);
    decision.next.grown_at = state.grown_at;  // What was seen before proves nothing any more.
    return decision;
  }
  return Scaling(policy, reading, state).decide();
}

ScalingDecision decide_as_the_guide(const ScalingPolicy& policy, const ScalingReading& reading) {
  ScalingDecision decision;
  decision.reason = what_is_missing(reading);
  if (decision.reason.empty() && !reading.backlog.in_flight) {
    decision.reason = "the queue could not be read";
  }
  if (!decision.reason.empty()) return decision;
  const std::uint64_t messages = *reading.backlog.waiting + *reading.backlog.in_flight;
  const std::uint32_t size = clamped(messages, policy.size_min, policy.size_max);
  const FleetReading& fleet = *reading.fleet;
  if (fleet.status == FleetStatus::stopped && size > 0) decision.power = FleetPower::start;
  if (fleet.status == FleetStatus::running && size == 0) decision.power = FleetPower::stop;
  if (fleet.wanted != size) decision.size = size;
  decision.reason = std::to_string(messages) + " messages";
  return decision;
}

}  // namespace holdfast
