#include "forgetter.h"

#include "index/job_index.h"
#include "operate/forget.h"
#include "results/remains.h"
#include "sim_store.h"
#include "sim_worker.h"

namespace holdfast::sim {

namespace {

constexpr const char* kPerson = "berta";
constexpr double kKilledAtCall = 0.03;
// Within this it is gone, in a calm world: the owner's look, and SIGTERM and SIGKILL.
constexpr Duration kStopsWithin = 30s;

}  // namespace

Forgetter::Forgetter(std::uint64_t seed, const PersonWorld& around)
    : Person(kPerson, seed % 6 == 1, seed, around) {}

void Forgetter::forget_maybe(const std::string& job, const std::function<bool()>& runs) {
  constexpr double kSome = 0.7;
  if (!here_ || random_.fraction() >= kSome) return;
  planned_.insert(job);
  runs_[job] = runs;
  // While its result is published, or at any time.
  constexpr double kAtItsEnd = 0.5;
  if (random_.fraction() < kAtItsEnd) return await_completion(job);
  world_.at(world_.now() + world_.between(1s, 400s), [this, job] { begin(job); });
}

void Forgetter::await_completion(const std::string& job) {
  const Record* newest = checker_.newest(job);
  const bool completed = newest != nullptr && newest->state == JobState::completed;
  if (completed || world_.now() > faults_.quiet_after) return begin(job);
  world_.at(world_.now() + world_.between(1ms, 100ms), [this, job] { await_completion(job); });
}

void Forgetter::begin(const std::string& job) {
  give([this, job](Actor& actor) { work(actor, *JobId::parse(job)); }, kKilledAtCall,
       "forget killed", [this, job] { begin(job); });
}

void Forgetter::work(Actor& actor, const JobId& job) {
  const SimClock clock(world_, 0s, 1, false);
  const auto to_world = [&clock](TimePoint mine) { return clock.to_world(mine); };
  SimStore store(actor, kPerson, bucket_, network_, faults_, to_world, /*awaited=*/true);
  for (;;) {  // Ends when it is done.
    try {
      if (try_once(actor, store, clock, job)) break;
    } catch (const Error& error) {
      world_.note("forget of " + job.text() + " fails: " + error.what());
    }
    actor.wait(world_.now() + world_.between(1s, 60s), nullptr);
  }
  checker_.person_has_forgotten(job.text());
  planned_.erase(job.text());
}

// In the order of src/app/commands/forget.cc. False: its worker was not seen to stop.
bool Forgetter::try_once(Actor& actor, Store& store, const Clock& clock, const JobId& job) {
  constexpr Duration kWait = 45s;
  const auto deadline = [&] { return clock.now() + 30s; };
  JobIndex index(store, clock, FleetLayout(kQueue));
  const Forgetting done = forget_job(store, clock, job, kPerson);
  Record newest = done.newest;
  if (done.forgotten_now) {
    world_.mark("job forgotten by a person");
    if (!newest.worker.empty()) world_.mark("running job forgotten by a person");
    if (faults_.calm) {
      world_.at(world_.now() + kStopsWithin, [this, job] {
        if (runs_.at(job.text())()) {
          world_.violate("the task of " + job.text() + " outlives its end by 30 s");
        }
      });
    }
  }
  index.note(index_entry(job, newest), std::nullopt, deadline());
  const TimePoint until = world_.now() + kWait;
  while (!let_go_since(store, clock, job, newest) && world_.now() < until) {
    actor.wait(world_.now() + 1s, nullptr);
  }
  static_cast<void>(remove_remains(store, clock, job, newest, {}));
  index.forget({index_entry(job, newest)}, deadline);
  // Somebody who is gone, or has let it go for another reason, says nothing.
  return newest.worker.empty() || !runs_.at(job.text())();
}

}  // namespace holdfast::sim
