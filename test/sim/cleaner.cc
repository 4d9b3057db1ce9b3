#include "cleaner.h"

#include "core/store_layout.h"
#include "index/index_notes.h"
#include "index/indexed_store.h"
#include "ports/forwarding_store.h"
#include "sim_store.h"
#include "sim_worker.h"

namespace holdfast::sim {

namespace {

constexpr double kKilledAtCall = 0.03;
constexpr double kCancelled = 0.1;

// Tells the checker which results are about to go.
class WatchedStore final : public ForwardingStore {
 public:
  WatchedStore(Store& inner, Checker& checker) : ForwardingStore(inner), checker_(checker) {}

  void remove(const std::string& key, TimePoint deadline) override {
    if (!key.starts_with('.')) checker_.cleans(key);
    ForwardingStore::remove(key, deadline);
  }

 private:
  Checker& checker_;
};

}  // namespace

Cleaner::Cleaner(std::uint64_t seed, const PersonWorld& around,
                 std::function<void(const std::string& job)> cancel)
    : Person(Checker::kCleaner, seed % 4 == 2, seed, around), cancel_(std::move(cancel)) {}

void Cleaner::clean_up_maybe(const std::string& job) {
  if (!here_) return;
  world_.at(world_.now() + world_.between(10s, 300s), [this, job] { look(job); });
}

void Cleaner::look(const std::string& job) {
  if (world_.now() > faults_.quiet_after) return;
  const Record* newest = checker_.newest(job);
  const bool ended = newest != nullptr && is_end(newest->state);
  // Of one that is run again, the result of before stands.
  const bool again = newest != nullptr && !ended && newest->epoch.number > 1;
  if (again && random_.fraction() < kCancelled) cancel_(job);
  if (ended && !planned_.contains(job)) {
    planned_.insert(job);
    constexpr Keep kKeep[] = {Keep::results, Keep::log, Keep::nothing};
    const Plan plan{kKeep[random_.below(std::size(kKeep))], *newest};
    // A person reads the plan, and others go on.
    world_.at(world_.now() + world_.between(0s, 60s), [this, job, plan] { begin(job, plan); });
  }
  world_.at(world_.now() + world_.between(0s, 60s), [this, job] { look(job); });
}

void Cleaner::begin(const std::string& job, const Plan& plan) {
  give([this, job, plan](Actor& actor) { work(actor, *JobId::parse(job), plan); }, kKilledAtCall,
       "gc killed", [this, job, plan] { begin(job, plan); });
}

void Cleaner::work(Actor& actor, const JobId& job, const Plan& plan) {
  const SimClock clock(world_, 0s, 1, false);
  const auto to_world = [&clock](TimePoint mine) { return clock.to_world(mine); };
  SimStore far_store(actor, Checker::kCleaner, bucket_, network_, faults_, to_world,
                     /*awaited=*/true);
  IndexNotes notes(clock, JobIndex(far_store, clock, FleetLayout(kQueue)));
  IndexedStore indexed(far_store, [&](const JobId& id, const Record& record) {
    static_cast<void>(notes.tell(id, record));
  });
  WatchedStore store(indexed, checker_);
  for (;;) {  // Ends when it is done.
    try {
      const auto gone = collect_job(store, clock, job, plan.newest, plan.keep, Collecting::remove,
                                    Checker::kCleaner, {});
      world_.mark(gone ? "job cleaned up by a person" : "job goes on while it is cleaned up");
      break;
    } catch (const Error& error) {
      world_.note("gc of " + job.text() + " fails: " + error.what());
    }
    actor.wait(world_.now() + world_.between(1s, 60s), nullptr);
  }
  try {
    notes.hurry();
    notes.write_all(clock.now() + 10s);
  } catch (const Error&) {
    // The next look at the job mends it.
  }
  planned_.erase(job.text());
}

}  // namespace holdfast::sim
