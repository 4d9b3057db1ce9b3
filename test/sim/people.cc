#include "people.h"

#include "core/store_layout.h"
#include "core/transition.h"
#include "index/index_notes.h"

namespace holdfast::sim {

void People::cancel(const std::string& job, const std::function<bool()>& still_runs) {
  const Record* newest = checker_.newest(job);
  if (newest != nullptr && is_end(newest->state)) return;
  world_.mark("job cancelled by a person");
  append(job, cancelled(newest ? std::optional(*newest) : std::nullopt, "anna", "now"));
  if (!still_runs) return;
  world_.at(world_.now() + 30s, [this, job, still_runs] {
    if (checker_.newest(job)->state != JobState::cancelled) return;  // It runs again, by a person.
    if (still_runs()) world_.violate("the task of " + job + " outlives its cancellation by 30 s");
  });
}

void People::redrive_when_dead(const std::string& job, const std::string& body) {
  world_.at(world_.now() + world_.between(60s, 600s), [this, job, body] {
    const Record* newest = checker_.newest(job);
    const bool dead = newest != nullptr && newest->state == JobState::dead;
    if (dead && broker_.take_dead(body)) {
      world_.mark("job redriven by a person");
      append(job, redriven(*newest, "anna", "now"));
      broker_.put({body, job + "-redriven-" + std::to_string(++redriven_)});
    }
    redrive_when_dead(job, body);
  });
}

void People::append(const std::string& job, Record record) {
  record.number += 1;
  record.when = "now";
  bucket_.write(StoreLayout(*JobId::parse(job)).record(record.number), to_json(record), "anna");
  if (world_.chance(0.3)) return world_.mark("index not told by a command that was killed");
  BucketStore store(bucket_, "anna");
  const NoClock clock;
  IndexNotes notes(clock, JobIndex(store, clock, FleetLayout(kQueue)));
  static_cast<void>(notes.tell(*JobId::parse(job), record));
  notes.hurry();
  notes.write_all(clock.now() + 1s);
}

}  // namespace holdfast::sim
