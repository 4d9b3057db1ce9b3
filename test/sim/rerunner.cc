#include "rerunner.h"

#include "index/index_notes.h"
#include "index/indexed_store.h"
#include "operate/rerun.h"
#include "sim_publisher.h"
#include "sim_store.h"
#include "sim_worker.h"

namespace holdfast::sim {

namespace {

constexpr const char* kPerson = "anna";
constexpr double kKilledAtCall = 0.05;

class SimLetters final : public DeadLetters {
 public:
  explicit SimLetters(SimBroker& broker) : broker_(broker), bodies_(broker.dead()) {}

  std::optional<DeadLetter> next(TimePoint) override {
    if (place_ >= bodies_.size()) return std::nullopt;
    return DeadLetter{bodies_[place_++], "letter", {}, true};
  }
  void remove(TimePoint) override { static_cast<void>(broker_.take_dead(bodies_[place_ - 1])); }

 private:
  SimBroker& broker_;
  const std::vector<std::string> bodies_;
  std::size_t place_ = 0;
};

}  // namespace

Rerunner::Rerunner(std::uint64_t seed, const PersonWorld& around, SimBroker& broker)
    : Person(kPerson, seed % 5 < 2, seed, around), broker_(broker) {}

void Rerunner::run_again_maybe(const std::string& job) {
  constexpr double kSome = 0.8;
  if (!here_ || random_.fraction() >= kSome) return;
  planned_.insert(job);
  world_.at(world_.now() + world_.between(10s, 300s), [this, job] { look(job); });
}

void Rerunner::look(const std::string& job) {
  if (world_.now() > faults_.quiet_after) {
    planned_.erase(job);
    return;
  }
  const Record* newest = checker_.newest(job);
  if (newest != nullptr && is_end(newest->state)) return begin(job);
  world_.at(world_.now() + world_.between(0s, 8s), [this, job] { look(job); });
}

void Rerunner::begin(const std::string& job) {
  checker_.person_begins(job);
  give([this, job](Actor& actor) { work(actor, *JobId::parse(job)); }, kKilledAtCall,
       "rerun killed", [this, job] { begin(job); });
}

void Rerunner::work(Actor& actor, const JobId& job) {
  const SimClock clock(world_, 0s, 1, false);
  const auto to_world = [&clock](TimePoint mine) { return clock.to_world(mine); };
  SimStore far_store(actor, kPerson, bucket_, network_, faults_, to_world, /*awaited=*/true);
  // The index is told at the end: a command that is killed before has told it nothing.
  IndexNotes notes(clock, JobIndex(far_store, clock, FleetLayout(kQueue)));
  IndexedStore store(far_store, [&](const JobId& id, const Record& record) {
    static_cast<void>(notes.tell(id, record));
  });
  for (;;) {  // Ends when it is done.
    SimPublisher publisher(actor, kPerson, broker_, network_, faults_, to_world);
    SimLetters letters(broker_);
    RerunWishes wishes;
    wishes.by = kPerson;
    wishes.tell = [&](const RerunNews& news) {
      if (news.outcome == Rerun::requeued) world_.mark("job run again by a person");
      world_.note("rerun of " + job.text() + ": " +
                  (news.outcome == Rerun::requeued ? "requeued" : "left alone"));
    };
    wishes.stop = [] { return false; };
    wishes.new_message_id = [this] { return "again-" + std::to_string(++messages_); };
    try {
      static_cast<void>(rerun({letters, publisher, store, clock}, wishes, {job}));
      break;
    } catch (const Error& error) {
      world_.note("rerun of " + job.text() + " fails: " + error.what());
    }
    actor.wait(world_.now() + world_.between(1s, 60s), nullptr);
  }
  checker_.person_is_done(job.text());
  try {
    notes.hurry();
    notes.write_all(clock.now() + 10s);
  } catch (const Error&) {
    // The next look at the job mends it.
  }
  planned_.erase(job.text());
}

}  // namespace holdfast::sim
