// How large the fleet shall be: row by row what a reading leads to, and what a sequence of them
// does.
#include "core/scaling.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using Status = FleetStatus;

constexpr TimePoint kNow{std::chrono::hours(1000)};

FleetReading fleet_of(Status status, std::uint32_t wanted, std::uint32_t running,
                      std::uint32_t shielded) {
  FleetReading fleet;
  fleet.status = status;
  fleet.wanted = wanted;
  fleet.running = running;
  fleet.starting = wanted > running ? wanted - running : 0;
  fleet.shielded = shielded;
  return fleet;
}

ScalingReading reading_of(std::uint64_t waiting, std::uint64_t in_flight, const FleetReading& fleet,
                          TimePoint at = kNow) {
  return {at, {waiting, in_flight, 0}, fleet};
}

// Nothing to wait for: each decision shows at once.
ScalingPolicy hasty() {
  ScalingPolicy policy;
  policy.cooldown = 0s;
  policy.cold_start = 0s;
  policy.zero_readings = 1;
  return policy;
}

struct Row {
  const char* name;
  std::uint64_t waiting;
  std::uint64_t in_flight;
  FleetReading fleet;
  std::optional<std::uint32_t> size;
  FleetPower power;
};

class ScalingTable : public testing::TestWithParam<Row> {};

TEST_P(ScalingTable, ReadsOneWay) {
  const Row& row = GetParam();
  const auto decision =
      decide_scaling(hasty(), reading_of(row.waiting, row.in_flight, row.fleet), {});
  EXPECT_EQ(decision.size, row.size) << decision.reason;
  EXPECT_EQ(decision.power, row.power) << decision.reason;
  EXPECT_EQ(decision.busy_at_risk, 0u);
  EXPECT_FALSE(decision.reason.empty());
}

const Row kRows[] = {
    {"GrowsToTheMessages", 7, 3, fleet_of(Status::running, 4, 4, 3), 10, FleetPower::leave},
    {"GrowsToTheMostAllowed", 900, 0, fleet_of(Status::running, 4, 4, 0), 250, FleetPower::leave},
    {"GrowsWhileItDeploys", 7, 0, fleet_of(Status::deploying, 4, 0, 0), 7, FleetPower::leave},
    {"StaysAsItIs", 1, 3, fleet_of(Status::running, 4, 4, 3), {}, FleetPower::leave},
    {"StartsAndSetsTheSizeFirst", 5, 0, fleet_of(Status::stopped, 1, 0, 0), 5, FleetPower::start},
    {"StartsWithTheSizeItHas", 5, 0, fleet_of(Status::stopped, 5, 0, 0), {}, FleetPower::start},
    {"StartsWhatEndedByItself", 5, 0, fleet_of(Status::succeeded, 1, 0, 0), 5, FleetPower::start},
    {"LeavesOffWhatIsOff", 0, 0, fleet_of(Status::stopped, 5, 0, 0), {}, FleetPower::leave},
    {"ChangesNothingWhileTheImageIsPrepared",
     9,
     0,
     fleet_of(Status::pending, 1, 0, 0),
     {},
     FleetPower::leave},
    {"ChangesNothingOnceTheImageFailed",
     9,
     0,
     fleet_of(Status::failed, 1, 0, 0),
     {},
     FleetPower::leave},
    {"TakesTheIdleOnly", 0, 3, fleet_of(Status::running, 10, 10, 3), 3, FleetPower::leave},
    {"TakesThoseThatDoNotRunYet", 0, 3, fleet_of(Status::running, 10, 3, 3), 3, FleetPower::leave},
    {"NeverStopsWhatIsInFlight", 0, 1, fleet_of(Status::running, 1, 1, 1), {}, FleetPower::leave},
    {"NeverStopsWhoSaysThatItIsBusy",
     0,
     0,
     fleet_of(Status::running, 1, 1, 1),
     {},
     FleetPower::leave},
    {"StopsWhenNothingIsLeft", 0, 0, fleet_of(Status::running, 10, 10, 0), {}, FleetPower::stop},
    {"StopsWhatStillDeploysWhenNothingIsLeft",
     0,
     0,
     fleet_of(Status::deploying, 10, 0, 0),
     {},
     FleetPower::stop},
    {"KeepsAllWhileABusyOneHasNoDeletionCost",
     0,
     3,
     fleet_of(Status::running, 10, 10, 2),
     {},
     FleetPower::leave},
};

INSTANTIATE_TEST_SUITE_P(Scaling, ScalingTable, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ScalingTest, AReadingThatIsMissingIsNotZero) {
  ScalingReading reading = reading_of(0, 0, fleet_of(Status::running, 10, 10, 0));
  reading.backlog.waiting.reset();
  EXPECT_FALSE(decide_scaling(hasty(), reading, {}).changes());
  reading = reading_of(5, 5, fleet_of(Status::running, 10, 10, 0));
  reading.fleet.reset();
  EXPECT_FALSE(decide_scaling(hasty(), reading, {}).changes());
}

TEST(ScalingTest, WithoutKnowingWhatIsInFlightTheFleetOnlyGrows) {
  for (std::uint64_t waiting = 0; waiting < 30; ++waiting) {
    ScalingReading reading = reading_of(waiting, 0, fleet_of(Status::running, 10, 10, 0));
    reading.backlog.in_flight.reset();
    const auto decision = decide_scaling(hasty(), reading, {});
    EXPECT_EQ(decision.power, FleetPower::leave);
    EXPECT_EQ(decision.size, waiting > 10 ? std::optional<std::uint32_t>(waiting) : std::nullopt);
  }
}

TEST(ScalingTest, AReadingThatIsMissingBeginsTheCountOfZerosAnew) {
  ScalingPolicy policy = hasty();
  policy.zero_readings = 3;
  const auto fleet = fleet_of(Status::running, 4, 4, 0);
  ScalingState state;
  TimePoint at = kNow;
  const auto look = [&](bool readable) {
    ScalingReading reading = reading_of(0, 0, fleet, at);
    if (!readable) reading.backlog.waiting.reset();
    at += policy.zero_gap;
    const auto decision = decide_scaling(policy, reading, state);
    state = decision.next;
    return decision.power;
  };
  EXPECT_EQ(look(true), FleetPower::leave);
  EXPECT_EQ(look(true), FleetPower::leave);
  EXPECT_EQ(look(false), FleetPower::leave);
  EXPECT_EQ(look(true), FleetPower::leave);
  EXPECT_EQ(look(true), FleetPower::leave);
  EXPECT_EQ(look(true), FleetPower::stop);
}

TEST(ScalingTest, ReadingsThatAreNotApartCountOnce) {
  ScalingPolicy policy = hasty();
  policy.zero_readings = 3;
  ScalingState state;
  for (int i = 0; i < 20; ++i) {
    const auto at = kNow + i * 1s;
    const auto decision =
        decide_scaling(policy, reading_of(0, 0, fleet_of(Status::running, 4, 4, 0), at), state);
    state = decision.next;
    ASSERT_EQ(decision.power, FleetPower::leave) << i;
    EXPECT_EQ(decision.look_again, policy.zero_gap);
  }
}

TEST(ScalingTest, AnEmptyQueueStopsTheFleetOnlyAfterTheCooldown) {
  const ScalingPolicy policy;
  ScalingState state;
  for (Duration time = 0s;; time += 1min) {
    const auto decision = decide_scaling(
        policy, reading_of(0, 0, fleet_of(Status::running, 4, 4, 0), kNow + time), state);
    state = decision.next;
    if (decision.power == FleetPower::stop) {
      EXPECT_EQ(time, policy.cooldown);
      break;
    }
    ASSERT_LT(time, 1h);
    EXPECT_FALSE(decision.changes());
  }
}

TEST(ScalingTest, ASmallerSizeMustHaveBeenEnoughForTheWholeCooldown) {
  const ScalingPolicy policy;
  ScalingState state;
  // Now and then six are needed: six stay, however few are needed at the end.
  const std::uint64_t needed[] = {5, 2, 6, 1, 1, 1};
  std::optional<std::uint32_t> size;
  for (std::size_t i = 0; i < std::size(needed) && !size; ++i) {
    const auto fleet = fleet_of(Status::running, 20, 20, static_cast<std::uint32_t>(needed[i]));
    const auto decision =
        decide_scaling(policy, reading_of(0, needed[i], fleet, kNow + i * 2min), state);
    state = decision.next;
    size = decision.size;
  }
  EXPECT_EQ(size, 6u);
}

TEST(ScalingTest, AFleetThatGrewDoesNotShrinkUntilItsMachinesCouldStart) {
  ScalingPolicy policy = hasty();
  policy.cold_start = 20min;
  auto grown = decide_scaling(policy, reading_of(9, 1, fleet_of(Status::running, 1, 1, 1)), {});
  ASSERT_EQ(grown.size, 10u);
  const auto later = [&](Duration time) {
    const auto fleet = fleet_of(Status::running, 10, 4, 3);
    return decide_scaling(policy, reading_of(0, 3, fleet, kNow + time), grown.next);
  };
  EXPECT_FALSE(later(19min).changes());
  EXPECT_EQ(later(20min).size, 3u);
}

TEST(ScalingTest, IdleMachinesThatAWaitingJobReachesAreNotTaken) {
  ScalingPolicy policy = hasty();
  policy.jobs_per_machine = 4;
  const auto fleet = fleet_of(Status::running, 20, 10, 4);
  // Of ten that run four are busy, and three take a job in a moment.
  EXPECT_EQ(decide_scaling(policy, reading_of(3, 4, fleet), {}).size, 7u);
}

TEST(ScalingTest, BusyMachinesGoOnlyWhenTold) {
  ScalingPolicy policy = hasty();
  policy.size_max = 4;
  const auto reading = reading_of(0, 10, fleet_of(Status::running, 10, 10, 10));
  EXPECT_FALSE(decide_scaling(policy, reading, {}).changes());
  policy.busy_may_go = true;
  const auto decision = decide_scaling(policy, reading, {});
  EXPECT_EQ(decision.size, 4u);
  EXPECT_EQ(decision.busy_at_risk, 6u);
  EXPECT_NE(decision.reason.find("6 busy"), std::string::npos) << decision.reason;
}

TEST(ScalingTest, ABusyMachineWithoutADeletionCostIsSaidToBeAtRisk) {
  ScalingPolicy policy = hasty();
  policy.busy_may_go = true;
  const auto reading = reading_of(0, 3, fleet_of(Status::running, 10, 10, 1));
  const auto decision = decide_scaling(policy, reading, {});
  EXPECT_EQ(decision.size, 3u);
  EXPECT_EQ(decision.busy_at_risk, 2u);
}

TEST(ScalingTest, AFleetThatDoesNotTellWhoIsBusyShrinksOnlyWhenNobodyIs) {
  FleetReading fleet = fleet_of(Status::running, 10, 10, 0);
  fleet.shielded.reset();
  ScalingPolicy policy = hasty();
  policy.size_min = 1;
  EXPECT_FALSE(decide_scaling(policy, reading_of(0, 3, fleet), {}).changes());
  EXPECT_EQ(decide_scaling(policy, reading_of(0, 0, fleet), {}).size, 1u);
}

TEST(ScalingTest, APendingChangeKeepsTheFleetFromShrinking) {
  FleetReading fleet = fleet_of(Status::running, 10, 10, 3);
  fleet.pending_change = true;
  EXPECT_FALSE(decide_scaling(hasty(), reading_of(0, 3, fleet), {}).changes());
  EXPECT_EQ(decide_scaling(hasty(), reading_of(9, 3, fleet), {}).size, 12u);
}

TEST(ScalingTest, AFailedGroupWantsAPerson) {
  const auto reading = reading_of(9, 0, fleet_of(Status::failed, 1, 0, 0));
  EXPECT_TRUE(decide_scaling(hasty(), reading, {}).person_needed);
}

TEST(ScalingTest, JobsThatWaitForARetryAreWork) {
  ScalingReading reading = reading_of(0, 0, fleet_of(Status::running, 2, 2, 0));
  reading.backlog.retrying = 5;
  EXPECT_EQ(decide_scaling(hasty(), reading, {}).size, 5u);
}

TEST(ScalingTest, StepsAreNoLargerThanAllowed) {
  ScalingPolicy policy = hasty();
  policy.step_up = 3;
  policy.step_down = 2;
  const auto running = fleet_of(Status::running, 10, 10, 0);
  EXPECT_EQ(decide_scaling(policy, reading_of(90, 0, running), {}).size, 13u);
  EXPECT_EQ(decide_scaling(policy, reading_of(0, 1, fleet_of(Status::running, 10, 10, 1)), {}).size,
            8u);
  const auto started =
      decide_scaling(policy, reading_of(90, 0, fleet_of(Status::stopped, 10, 0, 0)), {});
  EXPECT_EQ(started.size, 3u);
}

TEST(ScalingTest, QuotaAndBudgetCapTheSize) {
  FleetReading fleet = fleet_of(Status::running, 1, 1, 0);
  fleet.size_max = 30;
  EXPECT_EQ(decide_scaling(hasty(), reading_of(90, 0, fleet), {}).size, 30u);
  ScalingPolicy policy = hasty();
  policy.dollars_per_hour = 0.3;
  policy.machine_dollars_per_hour = 0.1;
  EXPECT_EQ(decide_scaling(policy, reading_of(90, 0, fleet), {}).size, 3u);
  policy.size_min = 8;  // Money wins.
  EXPECT_EQ(decide_scaling(policy, reading_of(90, 0, fleet), {}).size, 3u);
}

TEST(ScalingTest, WhoIsExposedIsKnownByNameOrElseByNumber) {
  FleetReading fleet = fleet_of(Status::running, 10, 10, 1);
  EXPECT_FALSE(decide_scaling(hasty(), reading_of(0, 2, fleet), {}).changes());
  fleet.exposed = 1;
  EXPECT_FALSE(decide_scaling(hasty(), reading_of(0, 2, fleet), {}).changes());
  fleet.exposed = 0;  // The second message is a parked duplicate.
  EXPECT_EQ(decide_scaling(hasty(), reading_of(0, 2, fleet), {}).size, 2u);
  fleet.shielded = 2;
  fleet.exposed = 7;  // Those of other queues.
  EXPECT_EQ(decide_scaling(hasty(), reading_of(0, 2, fleet), {}).size, 2u);
}

TEST(ScalingTest, AFleetThatMayHaveNoMachineIsSaidToStayOffWhileJobsWait) {
  FleetReading fleet = fleet_of(Status::stopped, 3, 0, 0);
  fleet.size_max = 0;
  const auto quota = decide_scaling(hasty(), reading_of(5, 0, fleet), {});
  EXPECT_FALSE(quota.changes());
  EXPECT_EQ(quota.reason.find("nothing is left"), std::string::npos) << quota.reason;
  EXPECT_NE(quota.reason.find("5 jobs waiting"), std::string::npos) << quota.reason;
  EXPECT_NE(quota.reason.find("quota"), std::string::npos) << quota.reason;
  ScalingPolicy poor = hasty();
  poor.dollars_per_hour = 0.05;
  poor.machine_dollars_per_hour = 0.1;
  fleet.size_max.reset();
  const auto budget = decide_scaling(poor, reading_of(5, 0, fleet), {});
  EXPECT_FALSE(budget.changes());
  EXPECT_NE(budget.reason.find("budget"), std::string::npos) << budget.reason;
}

TEST(ScalingTest, WithoutABudgetTheLastMachineGoesWhenToldOnlyAndByAStop) {
  ScalingPolicy poor = hasty();
  poor.dollars_per_hour = 0;
  poor.machine_dollars_per_hour = 0.1;
  const auto busy = reading_of(5, 2, fleet_of(Status::running, 2, 2, 2));
  EXPECT_FALSE(decide_scaling(poor, busy, {}).changes());
  const auto starting = reading_of(5, 0, fleet_of(Status::deploying, 3, 0, 0));
  EXPECT_EQ(decide_scaling(poor, starting, {}).size, 1u);
  const auto last =
      decide_scaling(poor, reading_of(5, 0, fleet_of(Status::deploying, 1, 0, 0)), {});
  EXPECT_FALSE(last.changes());
  EXPECT_EQ(last.reason.find("busy"), last.reason.find("busy shrinks anyway")) << last.reason;
  poor.busy_may_go = true;
  const auto stopped = decide_scaling(poor, busy, {});
  EXPECT_EQ(stopped.power, FleetPower::stop);
  EXPECT_EQ(stopped.size, std::nullopt);
  EXPECT_EQ(stopped.busy_at_risk, 2u);
}

TEST(ScalingTest, ATimeToDrainSaysHowManyJobsAMachineTakes) {
  ScalingPolicy policy;
  policy.cold_start = 1h;
  policy.job_time = 5h;
  policy.drain_within = 21h;  // Four jobs after the start.
  EXPECT_EQ(size_for(policy, 100), 25u);
  EXPECT_EQ(size_for(policy, 101), 26u);
  policy.drain_within = 2h;  // Cannot be done: one each.
  EXPECT_EQ(size_for(policy, 100), 100u);
}

TEST(ScalingTest, AMinimumIsNeverStopped) {
  ScalingPolicy policy = hasty();
  policy.size_min = 2;
  const auto decision =
      decide_scaling(policy, reading_of(0, 0, fleet_of(Status::running, 5, 5, 0)), {});
  EXPECT_EQ(decision.size, 2u);
  EXPECT_EQ(decision.power, FleetPower::leave);
  EXPECT_EQ(decide_scaling(policy, reading_of(0, 0, fleet_of(Status::stopped, 5, 0, 0)), {}).power,
            FleetPower::start);
}

TEST(ScalingTest, TwoThatDecideAtOnceDecideTheSame) {
  // Sizes are absolute: the second one's call repeats the first one's, or finds it done.
  const auto before = reading_of(0, 3, fleet_of(Status::running, 10, 10, 3));
  const auto first = decide_scaling(hasty(), before, {});
  EXPECT_EQ(decide_scaling(hasty(), before, {}).size, first.size);
  const auto after = reading_of(0, 3, fleet_of(Status::running, *first.size, 3, 3));
  EXPECT_FALSE(decide_scaling(hasty(), after, {}).changes());
}

TEST(ScalingTest, TheGuideTakesTheMessagesAndKillsWhoeverIsThere) {
  ScalingPolicy policy;
  policy.size_max = 250;
  const auto fleet = fleet_of(Status::running, 10, 10, 0);
  EXPECT_EQ(decide_as_the_guide(policy, reading_of(0, 3, fleet)).size, 3u);
  EXPECT_EQ(decide_as_the_guide(policy, reading_of(0, 0, fleet)).power, FleetPower::stop);
  EXPECT_EQ(decide_as_the_guide(policy, reading_of(0, 0, fleet)).size, 0u);
  EXPECT_EQ(decide_as_the_guide(policy, reading_of(2, 0, fleet_of(Status::stopped, 0, 0, 0))).power,
            FleetPower::start);
  ScalingReading missing = reading_of(0, 0, fleet);
  missing.backlog.waiting.reset();
  EXPECT_FALSE(decide_as_the_guide(policy, missing).changes());
}

}  // namespace
}  // namespace holdfast
