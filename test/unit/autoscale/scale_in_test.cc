// A thousand scale-ins on a made-up cloud, with jobs, cold starts and readings that are some
// seconds old: where idle machines suffice, none that runs a job may go. Beside it the guide's
// policy on the same jobs.
#include <cstdio>
#include <deque>
#include <map>

#include <gtest/gtest.h>

#include "core/scaling.h"
#include "fakes/fake_cloud.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

constexpr Duration kStep = 10s;
constexpr Duration kRound = 5min;
constexpr std::uint32_t kSizeMax = 250;

struct Job {
  Duration left;
};

// Workers take jobs, tell their deletion cost if they are ours, and lose a job that has no
// checkpoint back to the queue when their machine goes.
class Trace {
 public:
  Trace(std::uint64_t seed, bool workers_tell_cost)
      : cloud(seed + 1, [this] { return now; }), jobs_(seed), tell_(workers_tell_cost) {
    cloud.status = FleetStatus::stopped;
    cloud.taken = [this](const std::string& id) {
      const auto found = running_.find(id);
      if (found == running_.end()) return;
      waiting_.push_back(found->second);
      running_.erase(found);
      ++busy_taken;
    };
    cloud.cold_start = [](Random& random) { return 3min + random.below(27) * 1min; };
  }

  TimePoint now{std::chrono::hours(1)};
  FakeCloud cloud;
  std::uint64_t busy_taken = 0;

  // One step: batches arrive now and then, jobs end, idle workers take the next.
  void step() {
    now += kStep;
    cloud.advance();
    if (jobs_.below(500) == 0) {
      const std::uint64_t count = 10 + jobs_.below(150);
      for (std::uint64_t i = 0; i < count; ++i) waiting_.push_back({1min + jobs_.below(60) * 1min});
    }
    in_flight_before_ = running_.size();
    for (auto& machine : cloud.machines) work(machine.instance);
  }

  // What is in flight is a step old, as with a management interface.
  ScalingReading reading() {
    return {now, {waiting_.size(), in_flight_before_, 0}, cloud.read({})};
  }

  void apply(const ScalingDecision& decision) {
    if (decision.size) cloud.resize(*decision.size, {});
    if (decision.power == FleetPower::start) cloud.start({});
    if (decision.power == FleetPower::stop) cloud.stop({});
  }

 private:
  void work(FleetInstance& machine) {
    if (machine.state != InstanceState::running) return;
    const auto found = running_.find(machine.id);
    if (found != running_.end()) {
      found->second.left -= kStep;
      if (found->second.left > Duration::zero()) return;
      running_.erase(found);
    }
    if (!waiting_.empty()) {
      running_.emplace(machine.id, waiting_.front());
      waiting_.pop_front();
    }
    if (tell_) machine.deletion_cost = running_.contains(machine.id) ? 60 : 0;
  }

  Random jobs_;
  std::map<std::string, Job> running_;
  std::deque<Job> waiting_;
  bool tell_;
  std::uint64_t in_flight_before_ = 0;
};

struct Outcome {
  std::uint64_t scale_ins = 0;
  std::uint64_t busy_taken = 0;
};

template <typename Decide>
Outcome play(Trace& trace, std::uint64_t scale_ins_max, Decide decide) {
  Outcome outcome;
  constexpr std::uint64_t kStepsMax = 2'000'000;
  TimePoint next_round = trace.now;
  for (std::uint64_t i = 0; i < kStepsMax && outcome.scale_ins < scale_ins_max; ++i) {
    trace.step();
    if (trace.now < next_round) continue;
    next_round = trace.now + kRound;
    const ScalingReading reading = trace.reading();
    const ScalingDecision decision = decide(reading);
    const bool fewer = decision.size && *decision.size < reading.fleet->wanted &&
                       reading.fleet->status == FleetStatus::running;
    if (fewer || decision.power == FleetPower::stop) ++outcome.scale_ins;
    trace.apply(decision);
  }
  outcome.busy_taken = trace.busy_taken;
  return outcome;
}

ScalingPolicy policy() {
  ScalingPolicy policy;
  policy.size_max = kSizeMax;
  return policy;
}

TEST(ScaleInTest, InAThousandScaleInsNoMachineThatRunsAJobIsTaken) {
  Trace trace(11, true);
  ScalingState state;
  const Outcome ours = play(trace, 1000, [&](const ScalingReading& reading) {
    const auto decision = decide_scaling(policy(), reading, state);
    state = decision.next;
    EXPECT_EQ(decision.busy_at_risk, 0u);
    return decision;
  });
  EXPECT_EQ(ours.scale_ins, 1000u);
  EXPECT_EQ(ours.busy_taken, 0u);

  Trace same(11, false);
  const Outcome guide = play(same, 1000, [&](const ScalingReading& reading) {
    return decide_as_the_guide(policy(), reading);
  });
  EXPECT_EQ(guide.scale_ins, 1000u);
  EXPECT_GT(guide.busy_taken, 1000u);  // If it took few, the trace would prove nothing.
  std::printf("busy machines taken in 1,000 scale-ins: %llu, as in the guide: %llu\n",
              static_cast<unsigned long long>(ours.busy_taken),
              static_cast<unsigned long long>(guide.busy_taken));
}

TEST(ScaleInTest, WithoutDeletionCostsTheFleetKeepsWhatItCannotTellApart) {
  Trace trace(5, false);
  ScalingState state;
  const Outcome outcome = play(trace, 30, [&](const ScalingReading& reading) {
    const auto decision = decide_scaling(policy(), reading, state);
    state = decision.next;
    return decision;
  });
  EXPECT_EQ(outcome.scale_ins, 30u);  // Those in which nobody is busy: to zero, mostly.
  EXPECT_EQ(outcome.busy_taken, 0u);
}

}  // namespace
}  // namespace holdfast::test
