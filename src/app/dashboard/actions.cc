#include "app/dashboard/actions.h"

#include "app/commands/wished_jobs.h"
#include "app/person.h"
#include "app/wiring.h"
#include "core/fleet_layout.h"
#include "holdfast/error.h"
#include "operate/cancel.h"
#include "operate/drop.h"
#include "operate/redrive.h"

namespace holdfast {

namespace {

constexpr Duration kRead = std::chrono::seconds(30);

DashboardActions::Outcome outcome_of(const std::string& job, const Cancellation& cancellation) {
  const auto& before = cancellation.before;
  if (cancellation.cancelled_now) {
    const bool ran = before && before->state == JobState::running;
    return {job, true,
            ran ? "cancelled; " + before->worker + " stops it within a minute" : "cancelled"};
  }
  return {job, before->state == JobState::cancelled,
          "is " + std::string(to_text(before->state)) + " already"};
}

DashboardActions::Outcome outcome_of(const RedriveNews& news) {
  switch (news.outcome) {
    case Redriven::requeued:
      return {news.name, true, "back in the queue"};
    case Redriven::completed_already:
      return {news.name, true, "is already completed; its leftover dead letter was removed"};
    case Redriven::forgotten:
      return {news.name, true, "was forgotten; its leftover dead letter was removed"};
    case Redriven::was_cancelled:
      return {news.name, false, "is unchanged, because a person cancelled it"};
    case Redriven::no_such_checkpoint:
      return {news.name, false, "no checkpoint of that generation is kept"};
    case Redriven::not_dead:
      return {news.name, false, "is no longer dead"};
    case Redriven::without_message:
      return {news.name, false, "the store has no copy of its message: submit it again"};
    case Redriven::damaged:
      return {news.name, false, "left alone, because " + news.detail};
  }
  return {news.name, false, ""};
}

}  // namespace

// With each store the job index is told, and has been when the store goes away.
std::vector<DashboardActions::Outcome> DashboardActions::cancel(
    const std::vector<std::string>& jobs) {
  StoreStack store(store_, clock_, FleetLayout(queue_name(queue_)));
  std::vector<Outcome> outcomes;
  for (const std::string& name : jobs) {
    const auto id = JobId::parse(name);
    if (!id) {
      outcomes.push_back({name, false, JobId::what_is_wrong(name)});
      continue;
    }
    try {
      outcomes.push_back(outcome_of(name, cancel_job(store.store(), clock_, *id, this_person())));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      outcomes.push_back({name, false, error.what()});
    }
  }
  return outcomes;
}

std::vector<DashboardActions::Outcome> DashboardActions::requeue(
    const std::set<std::string>& letters) {
  StoreStack store(store_, clock_, FleetLayout(queue_name(queue_)));
  const auto dead = make_dead_letters(queue_, clock_);
  const auto publisher = make_publisher(queue_, "holdfast dashboard", clock_);
  std::vector<Outcome> outcomes;
  RedriveWishes wishes;
  wishes.choice.names = letters;
  wishes.by = this_person();
  wishes.tell = [&](const RedriveNews& news) { outcomes.push_back(outcome_of(news)); };
  wishes.stop = [] { return false; };
  WishedJobs wished(store.store(), clock_, FleetLayout(queue_name(queue_)));
  const RedriveSummary summary =
      redrive({*dead, *publisher, store.store(), clock_,
               [&](const std::string& job) { return wished.headers_of(job); }},
              wishes);
  for (const std::string& name : summary.missing) {
    outcomes.push_back({name, false, "is not dead"});
  }
  return outcomes;
}

std::vector<DashboardActions::Outcome> DashboardActions::drop(
    const std::set<std::string>& letters) {
  StoreStack store(store_, clock_);
  const auto dead = make_dead_letters(queue_, clock_);
  std::vector<Outcome> outcomes;
  std::set<std::string> missing = letters;
  while (const auto letter = dead->next(clock_.now() + kRead)) {
    const DeadLetterView view = view_of(*letter);
    if (!letters.contains(view.name)) continue;
    missing.erase(view.name);
    if (const auto why = why_not_dropped(view, store.store(), clock_)) {
      outcomes.push_back({view.name, false, "its dead letter stays, because " + *why});
      continue;
    }
    dead->remove(clock_.now() + kRead);
    outcomes.push_back({view.name, true, "its dead letter was removed"});
  }
  for (const std::string& name : missing) {
    outcomes.push_back({name, false, "has no dead letter"});
  }
  return outcomes;
}

}  // namespace holdfast
