#include "worker/parked_deliveries.h"

#include <algorithm>

#include "base/check.h"
#include "base/log.h"
#include "holdfast/error.h"
#include "joblog/kept_job.h"

namespace holdfast {

namespace {

constexpr Duration kFarAway = std::chrono::hours(1);
constexpr Duration kPublishPause = std::chrono::seconds(5);

}  // namespace

bool ParkedDeliveries::holds(const Job& job) const {
  return std::any_of(parked_.begin(), parked_.end(), [&](const Parked& parked) {
    // One that is published may be of an epoch that is over by now.
    return parked.job.id == job.id && parked.stage != Stage::publishing &&
           same_job(parked.job.body, job.body);
  });
}

void ParkedDeliveries::park(const Job& job, const Delivery& delivery, const Inquiry& inquiry) {
  check(!full() && !holds(job),
        "there is room for a parked delivery, and for one message of a job");
  log(LogLevel::info, "job parked",
      {{"job", job.id.text()}, {"owner", inquiry.newest().worker}, {"worker", settings_.worker}});
  parked_.push_back({job, delivery, inquiry});
}

TimePoint ParkedDeliveries::due() const {
  TimePoint soonest = ports_.clock.now() + kFarAway;
  for (const Parked& parked : parked_) soonest = std::min(soonest, due(parked));
  return soonest;
}

TimePoint ParkedDeliveries::due(const Parked& parked) const {
  if (parked.stage == Stage::elsewhere) return parked.inquiry.due();
  if (parked.stage == Stage::publishing) return parked.publish_at;
  return TimePoint::max();
}

// One after the other: a store that is slow must not keep the slot's own job waiting.
void ParkedDeliveries::look_if_due(bool slot_busy) {
  const TimePoint now = ports_.clock.now();
  const auto next = std::find_if(parked_.begin(), parked_.end(),
                                 [&](const Parked& parked) { return due(parked) <= now; });
  if (next != parked_.end()) look(next);
  if (!slot_busy) return;
  for (auto place = parked_.begin(); place != parked_.end();) {
    const auto here = place++;
    if (here->stage == Stage::free) settle(here, Settlement::hand_back);
  }
}

void ParkedDeliveries::look(Place place) {
  if (place->stage == Stage::publishing) return look_at_end(place);
  try {
    switch (place->inquiry.look_if_due()) {
      case Inquiry::Finding::open:
      case Inquiry::Finding::answered:
        return;
      case Inquiry::Finding::free:
        place->stage = Stage::free;
        return;
      case Inquiry::Finding::ended:
        return look_at_end(place);
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    place->stage = Stage::ended;  // The slot finds the same, and sets the job aside.
  }
}

void ParkedDeliveries::look_at_end(Place place) {
  const Record& newest = place->inquiry.newest();
  const bool done = newest.state == JobState::cancelled && !is_forgotten(newest);
  if (done) return settle(place, Settlement::complete);
  if (newest.state != JobState::completed) {
    place->stage = Stage::ended;
    return;
  }
  place->stage = Stage::publishing;
  place->publish_at = TimePoint::max();
  ports_.transfer({publish_command(place->job.id, newest), {}, place->job.id});
}

void ParkedDeliveries::handle(const ParkedAnswer& answer) {
  const auto place = std::find_if(parked_.begin(), parked_.end(), [&](const Parked& parked) {
    return parked.job.id == answer.job && parked.stage == Stage::publishing;
  });
  if (place == parked_.end()) return;  // Its connection was lost meanwhile.
  if (std::holds_alternative<OutputsPublished>(answer.answer)) {
    settle(place, Settlement::complete);
    return;
  }
  const auto* failed = std::get_if<TransferFailed>(&answer.answer);
  if (failed != nullptr && !worth_waiting(failed->kind)) {
    place->stage = Stage::ended;
  } else {
    place->publish_at = ports_.clock.now() + kPublishPause;
  }
}

std::optional<Delivery> ParkedDeliveries::take_ready() {
  const auto ready = std::find_if(parked_.begin(), parked_.end(), [](const Parked& parked) {
    return parked.stage == Stage::free || parked.stage == Stage::ended;
  });
  if (ready == parked_.end()) return std::nullopt;
  Delivery delivery = std::move(ready->delivery);
  parked_.erase(ready);
  return delivery;
}

void ParkedDeliveries::hand_back_all() {
  while (!parked_.empty()) settle(parked_.begin(), Settlement::hand_back);
}

void ParkedDeliveries::settle(Place place, Settlement settlement) {
  log(LogLevel::info, "parked job settled",
      {{"job", place->job.id.text()},
       {"settlement", settlement == Settlement::complete ? "complete" : "hand_back"}});
  ports_.queue.settle(place->delivery.tag, settlement);
  parked_.erase(place);
}

}  // namespace holdfast
