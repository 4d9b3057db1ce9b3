#include "simulate/fleet_play.h"

#include <cmath>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "holdfast/error.h"
#include "simulate/attempt_play.h"
#include "simulate/cold_start.h"

namespace holdfast {

namespace {

constexpr Hours kEnd{20 * 365 * 24.0};
// A busy instance costs more than any idle one, however little it would lose.
constexpr Hours kBusy{1e-6};
constexpr std::uint64_t kEventsMax = 400'000'000;

using InstanceId = std::uint64_t;

enum class Happening { look, started, step, interrupted, noticed };

struct Event {
  Hours at{0};
  std::uint64_t order = 0;  // Of the same instant: as they were planned.
  Happening what = Happening::look;
  InstanceId instance = 0;
  std::uint64_t subject = 0;  // step: of which plan; noticed: the job.
  bool operator>(const Event& other) const {
    return at != other.at ? at > other.at : order > other.order;
  }
};

struct Instance {
  bool running = false;
  bool is_new = true;  // It had no job yet.
  std::optional<AttemptPlay> attempt;
  Hours idle_since{0};
  std::uint64_t plan = 0;  // A step of an earlier plan is void.
};

struct SimulatedJob {
  Hours saved{0};
  std::uint32_t interruptions = 0;           // In all.
  std::uint32_t interruptions_in_place = 0;  // Since it last made progress.
};

class Play {
 public:
  Play(const Scenario& scenario, const Way& way)
      : scenario_(scenario),
        way_(way),
        download_(scenario.checkpoint_bytes / scenario.downlink / 3600),
        random_(scenario.seed),
        jobs_(scenario.jobs) {
    for (std::uint64_t job = 0; job < scenario.jobs; ++job) waiting_.push_back(job);
  }

  PlayReport run() {
    post(Hours(0), Happening::look, 0, 0);
    for (std::uint64_t count = 0; !events_.empty(); ++count) {
      const Event event = events_.top();
      events_.pop();
      now_ = event.at;
      if (now_ > kEnd || count > kEventsMax) give_up();
      handle(event);
    }
    return report_;
  }

 private:
  void post(Hours at, Happening what, InstanceId instance, std::uint64_t subject) {
    events_.push({at, ++planned_, what, instance, subject});
  }

  [[noreturn]] void give_up() const {
    throw Error(ErrorKind::rejected,
                "these jobs would never finish: " + std::to_string(report_.completed) + " of " +
                    std::to_string(jobs_.size()) + " were after " +
                    std::to_string(std::lround(now_.count() / 24)) +
                    " days; a checkpoint must be stored between two interruptions");
  }

  void handle(const Event& event) {
    if (event.what == Happening::look) return look();
    if (event.what == Happening::noticed) {
      waiting_.push_front(event.subject);
      return hand_out();
    }
    const auto found = instances_.find(event.instance);
    if (found == instances_.end()) return;
    if (event.what == Happening::started) return started(event.instance, found->second);
    if (event.what == Happening::step) {
      if (event.subject == found->second.plan) step(event.instance, found->second);
      return;
    }
    report_.interruptions += found->second.attempt.has_value();
    lose(event.instance, report_.spent.lost, now_ + way_.noticing);
    start_missing();  // The cloud keeps as many as are wanted.
  }

  // --- Instances ---

  void start_missing() {
    while (instances_.size() < wanted_) {
      const InstanceId id = ++last_instance_;
      instances_[id];
      post(now_ + cold_start(scenario_.cold_start_median, random_), Happening::started, id, 0);
    }
  }

  Hours lifetime() {
    if (!scenario_.lifetimes.empty()) return scenario_.lifetimes.draw(random_);
    return -scenario_.mtbf * std::log1p(-random_.fraction());
  }

  void started(InstanceId id, Instance& instance) {
    instance.running = true;
    instance.idle_since = now_;
    post(now_ + lifetime(), Happening::interrupted, id, 0);
    idle_.push_back(id);
    hand_out();
  }

  // The instance is gone, with what its attempt had not saved; its job comes back at `noticed`.
  void lose(InstanceId id, Hours& account, Hours noticed) {
    Instance& instance = instances_.at(id);
    if (instance.attempt) {
      AttemptPlay& attempt = *instance.attempt;
      attempt.advance(now_);
      account += attempt.work() - attempt.saved();
      spend(attempt);
      give_back(attempt.job(), noticed);
    } else if (instance.running) {
      report_.spent.idle += now_ - instance.idle_since;
    }
    instances_.erase(id);
  }

  void spend(const AttemptPlay& attempt) {
    report_.spent.restoring += attempt.restoring();
    report_.spent.held += attempt.slowed();
  }

  void keep(const AttemptPlay& attempt) {
    SimulatedJob& job = jobs_[attempt.job()];
    report_.spent.useful += attempt.saved() - job.saved;
    job.saved = attempt.saved();
    job.interruptions_in_place = 0;
  }

  void give_back(std::uint64_t number, Hours noticed) {
    SimulatedJob& job = jobs_[number];
    job.interruptions += 1;
    job.interruptions_in_place += 1;
    const std::uint32_t counted = way_.counts_all ? job.interruptions : job.interruptions_in_place;
    if (counted <= way_.interruptions_max) return post(noticed, Happening::noticed, 0, number);
    report_.dead += 1;
    report_.spent.useful -= job.saved;
    report_.spent.lost += job.saved;
    report_.finished = now_;
  }

  // --- Attempts ---

  void hand_out() {
    while (!waiting_.empty() && !idle_.empty()) {
      const InstanceId id = idle_.front();
      idle_.pop_front();
      const auto found = instances_.find(id);
      if (found == instances_.end() || found->second.attempt) continue;
      const std::uint64_t job = waiting_.front();
      waiting_.pop_front();
      begin(id, found->second, job);
    }
  }

  void begin(InstanceId id, Instance& instance, std::uint64_t job) {
    const Hours saved = jobs_[job].saved;
    Hours restored = now_;
    if (instance.is_new || jobs_[job].interruptions > 0) restored += scenario_.restart_cost;
    if (saved > Hours(0)) restored += download_;
    report_.spent.idle += now_ - instance.idle_since;
    instance.is_new = false;
    instance.attempt.emplace(scenario_, way_, job, saved, now_, restored);
    plan(id, instance);
  }

  void plan(InstanceId id, Instance& instance) {
    instance.plan += 1;
    post(instance.attempt->next().at, Happening::step, id, instance.plan);
  }

  void step(InstanceId id, Instance& instance) {
    const AttemptStep step = instance.attempt->carry_out();
    if (step == AttemptStep::uploaded || step == AttemptStep::finished) keep(*instance.attempt);
    if (step != AttemptStep::finished) return plan(id, instance);
    spend(*instance.attempt);
    instance.attempt.reset();
    instance.idle_since = now_;
    report_.completed += 1;
    report_.finished = now_;
    idle_.push_back(id);
    hand_out();
  }

  // --- Scaling ---

  void look() {
    const bool all_ended = report_.completed + report_.dead == jobs_.size();
    FleetSight sight{now_, waiting_.size(), 0, wanted_, 0};
    for (const auto& [id, instance] : instances_) {
      sight.in_flight += instance.attempt.has_value();
      sight.running += instance.running;
    }
    wanted_ = std::min(way_.wanted(sight), scenario_.replicas_max);
    start_missing();
    while (instances_.size() > wanted_) take_one();
    if (all_ended && instances_.size() <= scenario_.replicas_min) return end();
    post(now_ + scenario_.decide_every, Happening::look, 0, 0);
  }

  // Those with the lowest deletion cost go first; unless somebody sets it all have the same.
  void take_one() {
    std::vector<InstanceId> lowest;
    Hours lowest_cost{0};
    for (auto& [id, instance] : instances_) {
      Hours cost{0};
      if (way_.spares_the_busy && instance.attempt) {
        instance.attempt->advance(now_);
        cost = kBusy + instance.attempt->work() - instance.attempt->saved();
      }
      if (!lowest.empty() && cost > lowest_cost) continue;
      if (cost < lowest_cost) lowest.clear();
      lowest_cost = cost;
      lowest.push_back(id);
    }
    check(!lowest.empty(), "there is an instance to take");
    const InstanceId id = lowest[random_.below(lowest.size())];
    report_.busy_taken += instances_.at(id).attempt.has_value();
    lose(id, report_.spent.lost_in_scale_in, now_);
  }

  // What still runs is not waited for.
  void end() {
    for (const auto& [id, instance] : instances_) {
      if (instance.running) report_.spent.idle += now_ - instance.idle_since;
    }
    events_ = {};
  }

  const Scenario& scenario_;
  const Way& way_;
  const Hours download_;
  Random random_;
  std::vector<SimulatedJob> jobs_;
  std::deque<std::uint64_t> waiting_;
  std::deque<InstanceId> idle_;  // May name some that are gone.
  std::map<InstanceId, Instance> instances_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  Hours now_{0};
  std::uint64_t planned_ = 0;
  InstanceId last_instance_ = 0;
  std::uint32_t wanted_ = 0;
  PlayReport report_;
};

}  // namespace

PlayReport play(const Scenario& scenario, const Way& way) {
  return Play(scenario, way).run();
}

}  // namespace holdfast
