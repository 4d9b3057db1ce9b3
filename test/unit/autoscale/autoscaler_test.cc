// One round: what is read, what is carried out, and what a failure of either leads to.
#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "adapters/salad/salad_fleet.h"
#include "autoscale/autoscale_pages.h"
#include "fakes/fake_cloud.h"
#include "fakes/manual_clock.h"
#include "fakes/scripted_http_server.h"
#include "holdfast/error.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

class FakeQueueAdmin final : public QueueAdmin {
 public:
  QueueCounts now;
  std::optional<ErrorKind> failure;

  std::vector<SetupFinding> setup(TimePoint) override { return {}; }
  QueueCounts counts(TimePoint) override {
    if (failure) throw Error(*failure, "the broker is away");
    return now;
  }
  std::optional<std::uint64_t> delivery_limit(TimePoint) override { return std::nullopt; }
  std::vector<std::string> losses(TimePoint) override { return {}; }
};

class AutoscalerTest : public testing::Test {
 protected:
  AutoscalerTest() : cloud_(3, [this] { return clock_.now(); }) {
    policy_.cooldown = 0s;
    policy_.cold_start = 0s;
    cloud_.status = FleetStatus::stopped;
  }

  Autoscaler make() {
    return Autoscaler({queue_, cloud_, [] { return std::nullopt; }, clock_}, policy_);
  }

  ScalingRound round(Autoscaler& autoscaler, bool dry = false) {
    clock_.advance(15s);
    return autoscaler.round(dry, clock_.now() + 1min);
  }

  void queue_has(std::uint64_t waiting, std::uint64_t in_flight) {
    queue_.now = {waiting, in_flight, 0, 9};
  }

  ManualClock clock_;
  FakeQueueAdmin queue_;
  FakeCloud cloud_;
  ScalingPolicy policy_;
};

TEST_F(AutoscalerTest, StartsGrowsShrinksAndStopsWithTheWork) {
  Autoscaler autoscaler = make();
  queue_has(5, 0);
  EXPECT_TRUE(round(autoscaler).carried_out);
  EXPECT_EQ(cloud_.machines.size(), 5u);
  queue_has(3, 5);
  round(autoscaler);
  EXPECT_EQ(cloud_.machines.size(), 8u);
  queue_has(0, 2);
  cloud_.machines[0].instance.deletion_cost = 1;
  cloud_.machines[1].instance.deletion_cost = 1;
  round(autoscaler);
  ASSERT_EQ(cloud_.machines.size(), 2u);
  EXPECT_EQ(cloud_.machines[0].instance.id, "machine-1");
  EXPECT_EQ(cloud_.machines[1].instance.id, "machine-2");
  queue_has(0, 0);  // Dead letters are none of its business.
  for (auto& machine : cloud_.machines) machine.instance.deletion_cost = 0;
  round(autoscaler);
  round(autoscaler);
  EXPECT_EQ(cloud_.status, FleetStatus::running);
  round(autoscaler);
  EXPECT_EQ(cloud_.status, FleetStatus::stopped);
}

TEST_F(AutoscalerTest, ADryRunSaysWhatItWouldDoAndDoesNothing) {
  Autoscaler autoscaler = make();
  queue_has(5, 0);
  const auto dry = round(autoscaler, true);
  EXPECT_EQ(dry.decision.size, 5u);
  EXPECT_EQ(dry.decision.power, FleetPower::start);
  EXPECT_FALSE(dry.carried_out);
  EXPECT_EQ(cloud_.requests, 0u);
}

TEST_F(AutoscalerTest, AQueueOutOfReachChangesNothing) {
  Autoscaler autoscaler = make();
  queue_has(5, 0);
  round(autoscaler);
  queue_has(0, 0);
  queue_.failure = ErrorKind::unavailable;
  for (int i = 0; i < 10; ++i) {
    const auto away = round(autoscaler);
    EXPECT_FALSE(away.decision.changes());
    ASSERT_EQ(away.failures.size(), 1u);
    EXPECT_FALSE(away.rejected);
  }
  EXPECT_EQ(cloud_.machines.size(), 5u);
  queue_.failure = ErrorKind::rejected;
  EXPECT_TRUE(round(autoscaler).rejected);
}

TEST_F(AutoscalerTest, TwoAtOnceComeToTheSameFleet) {
  Autoscaler one = make();
  Autoscaler other = make();
  queue_has(5, 0);
  round(one);
  round(other);
  EXPECT_EQ(cloud_.machines.size(), 5u);
  queue_has(0, 2);
  cloud_.machines[0].instance.deletion_cost = 1;
  cloud_.machines[1].instance.deletion_cost = 1;
  round(one);
  round(other);
  EXPECT_EQ(cloud_.machines.size(), 2u);
  queue_has(0, 1);
  round(other);
  round(one);
  EXPECT_EQ(cloud_.machines.size(), 2u);  // The one that still says that it is busy stays.
}

TEST_F(AutoscalerTest, ThePageLeavesOutWhatCouldNotBeRead) {
  Autoscaler autoscaler = make();
  ScalingCounts counts;
  queue_has(5, 0);
  ScalingRound last = round(autoscaler);
  counts.add(last);
  std::string page = autoscale_metrics(last, counts);
  EXPECT_NE(page.find("holdfast_queue_waiting 5\n"), std::string::npos) << page;
  EXPECT_NE(page.find("holdfast_autoscale_changes_total 1\n"), std::string::npos) << page;
  queue_.failure = ErrorKind::unavailable;
  last = round(autoscaler);
  counts.add(last);
  page = autoscale_metrics(last, counts);
  EXPECT_EQ(page.find("holdfast_queue_waiting"), std::string::npos) << page;
  EXPECT_NE(page.find("holdfast_autoscale_failures_total 1\n"), std::string::npos) << page;
  EXPECT_NE(page.find("holdfast_autoscale_rounds_total 2\n"), std::string::npos) << page;
}

// A cloud whose answers take their time, and which may not take what it is asked for.
class SlowCloud final : public Fleet {
 public:
  SlowCloud(FakeCloud& cloud, ManualClock& clock) : cloud_(cloud), clock_(clock) {}

  // What happens while the cloud is read, for the first, the second reading, ...
  std::vector<std::function<void()>> meanwhile;
  Duration answer{0};
  bool refuses = false;
  TimePoint deadline{};  // Of the last change that was asked for.

  FleetReading read(TimePoint t) override {
    const FleetReading fleet = cloud_.read(t);
    clock_.advance(answer);
    if (readings_ < meanwhile.size()) meanwhile[readings_]();
    ++readings_;
    return fleet;
  }
  std::vector<FleetInstance> instances(TimePoint t) override { return cloud_.instances(t); }
  void resize(std::uint32_t size, TimePoint t) override {
    take(t);
    cloud_.resize(size, t);
  }
  void start(TimePoint t) override {
    take(t);
    cloud_.start(t);
  }
  void stop(TimePoint t) override {
    take(t);
    cloud_.stop(t);
  }
  FleetShield* shield() override { return nullptr; }

 private:
  void take(TimePoint t) {
    deadline = t;
    if (refuses) throw Error(ErrorKind::unavailable, "not now");
  }

  FakeCloud& cloud_;
  ManualClock& clock_;
  std::size_t readings_ = 0;
};

class SlowCloudTest : public AutoscalerTest {
 protected:
  SlowCloudTest() {
    policy_.zero_readings = 1;
    cloud_.status = FleetStatus::running;
    cloud_.resize(4, {});
  }

  Autoscaler make_slow() {
    return Autoscaler({queue_, slow_, [] { return std::nullopt; }, clock_}, policy_);
  }

  SlowCloud slow_{cloud_, clock_};
};

TEST_F(SlowCloudTest, AQueueThatWasCountedBeforeASlowAnswerIsCountedAgain) {
  Autoscaler autoscaler = make_slow();
  queue_has(0, 0);
  slow_.meanwhile = {[&] {
    clock_.advance(50s);
    queue_has(0, 2);  // Two jobs came and are worked on.
  }};
  EXPECT_FALSE(round(autoscaler).decision.changes());
  EXPECT_EQ(cloud_.status, FleetStatus::running);
  EXPECT_EQ(cloud_.machines.size(), 4u);
}

TEST_F(SlowCloudTest, WhatIsAlwaysTooOldChangesNothingAndIsSaid) {
  Autoscaler autoscaler = make_slow();
  queue_has(0, 0);
  slow_.answer = Autoscaler::kReadingAgeMax;
  const ScalingRound last = round(autoscaler);
  EXPECT_FALSE(last.decision.changes());
  ASSERT_EQ(last.failures.size(), 1u);
  EXPECT_EQ(cloud_.status, FleetStatus::running);
}

TEST_F(SlowCloudTest, AStopThatTheCloudDidNotTakeIsDecidedAnewOnAReadingOfThen) {
  Autoscaler autoscaler = make_slow();
  queue_has(0, 0);
  slow_.refuses = true;
  slow_.answer = 5s;
  const TimePoint begin = clock_.now() + 15s;
  const ScalingRound refused = round(autoscaler);
  EXPECT_EQ(refused.decision.power, FleetPower::stop);
  EXPECT_FALSE(refused.carried_out);
  EXPECT_EQ(refused.decision.look_again, Autoscaler::kAnewAfter);
  EXPECT_EQ(slow_.deadline, begin + Autoscaler::kReadingAgeMax);
  slow_.refuses = false;
  queue_has(0, 4);
  round(autoscaler);
  EXPECT_EQ(cloud_.status, FleetStatus::running);
}

TEST_F(SlowCloudTest, AShrinkingThatFailedIsNotTakenForDone) {
  policy_.cooldown = 1min;
  Autoscaler patient = make_slow();
  queue_has(0, 1);
  cloud_.machines[0].instance.deletion_cost = 1;
  round(patient);
  clock_.advance(1min);
  slow_.refuses = true;
  EXPECT_EQ(round(patient).decision.size, 1u);
  slow_.refuses = false;
  EXPECT_TRUE(round(patient).carried_out) << "the cooldown began anew";
  EXPECT_EQ(cloud_.machines.size(), 1u);
}

// A fleet that has to be told who is busy.
class ShieldedCloud final : public Fleet, public FleetShield {
 public:
  explicit ShieldedCloud(FakeCloud& cloud) : cloud_(cloud) {}
  FleetReading read(TimePoint t) override { return cloud_.read(t); }
  std::vector<FleetInstance> instances(TimePoint t) override { return cloud_.instances(t); }
  void resize(std::uint32_t size, TimePoint t) override { cloud_.resize(size, t); }
  void start(TimePoint t) override { cloud_.start(t); }
  void stop(TimePoint t) override { cloud_.stop(t); }
  FleetShield* shield() override { return this; }
  std::uint32_t covers(const std::vector<std::string>& busy) const override {
    return static_cast<std::uint32_t>(busy.size());
  }
  void apply(const std::vector<std::string>& busy, TimePoint) override {
    ++applied;
    for (auto& machine : cloud_.machines) {
      const bool found = std::ranges::find(busy, machine.instance.id) != busy.end();
      machine.instance.deletion_cost = found ? 1 : 0;
    }
  }
  int applied = 0;

 private:
  FakeCloud& cloud_;
};

TEST_F(AutoscalerTest, AFleetWithAShieldIsToldWhoIsBusyBeforeItShrinks) {
  ShieldedCloud shielded(cloud_);
  std::optional<std::vector<HoldingWorker>> holding;
  Autoscaler autoscaler({queue_, shielded, [&] { return holding; }, clock_}, policy_);
  queue_has(5, 0);
  round(autoscaler);
  queue_has(0, 2);
  round(autoscaler);
  EXPECT_EQ(cloud_.machines.size(), 5u) << "nobody knows who is busy";
  holding = {{"machine-4"}, {"machine-2"}};
  const ScalingRound dry = round(autoscaler, true);
  EXPECT_EQ(dry.decision.size, 2u);
  EXPECT_EQ(shielded.applied, 0) << "a dry run changes nothing";
  round(autoscaler);
  ASSERT_EQ(cloud_.machines.size(), 2u);
  EXPECT_EQ(cloud_.machines[0].instance.id, "machine-2");
  EXPECT_EQ(cloud_.machines[1].instance.id, "machine-4");
}

// One job submitted twice: machine-1 runs it, and the second message is held, too.
class DuplicateTest : public AutoscalerTest {
 protected:
  DuplicateTest() {
    cloud_.status = FleetStatus::running;
    cloud_.resize(5, {});
    cloud_.machines[0].instance.deletion_cost = 60;
    queue_has(0, 2);
  }

  ScalingRound look(std::optional<std::vector<HoldingWorker>> holding) {
    Autoscaler autoscaler({queue_, cloud_, [&] { return holding; }, clock_}, policy_);
    return round(autoscaler);
  }
};

TEST_F(DuplicateTest, ParkedByAnIdleMachineItKeepsOneMachineAndNotTheFleet) {
  EXPECT_TRUE(look({{{"machine-1", false}, {"machine-3", true}}}).carried_out);
  ASSERT_EQ(cloud_.machines.size(), 2u);
  EXPECT_EQ(cloud_.machines[0].instance.id, "machine-1");
}

TEST_F(DuplicateTest, ParkedByABusyMachineItKeepsOneMachineAndNotTheFleet) {
  EXPECT_TRUE(look({{{"machine-1", false}}}).carried_out);
  EXPECT_EQ(cloud_.machines.size(), 2u);
}

TEST_F(DuplicateTest, AMachineThatMayRunAJobWithoutADeletionCostKeepsTheFleet) {
  EXPECT_FALSE(look({{{"machine-1", false}, {"machine-3", false}}}).decision.changes());
  EXPECT_FALSE(look({{{"machine-1", false}, {"a stranger", false}}}).decision.changes());
  EXPECT_FALSE(look(std::nullopt).decision.changes());
  EXPECT_EQ(cloud_.machines.size(), 5u);
}

// The group, its instances, the quotas, and the answer to a change.
std::vector<std::string> answers_of_a_large_cloud(int instances, int rounds) {
  const std::string json = "Content-Type: application/json\r\n";
  std::string list = R"({"instances":[)";
  for (int i = 0; i < instances; ++i) {
    list += (i > 0 ? "," : "") +
            std::string(R"({"id":"db3a4591-efc3-46c0-b06a-3d820c0ec100","machine_id":)"
                        R"("ab3a4591-efc3-46c0-b06a-3d820c0ec100","state":"running",)"
                        R"("update_time":"2026-01-01T00:00:00Z","version":1,"ready":true,)"
                        R"("started":true,"deletion_cost":0})");
  }
  const std::string group = R"({"current_state":{"status":"running"},"pending_change":false,)"
                            R"("replicas":100})";
  const std::string quotas = R"({"container_groups_quotas":{"container_replicas_quota":500,)"
                             R"("container_replicas_used":100}})";
  std::vector<std::string> answers;
  for (int i = 0; i < rounds; ++i) {
    for (const std::string& body : {group, list + "]}", quotas, std::string("{}")}) {
      answers.push_back(http_answer("200 OK", json, body));
    }
  }
  return answers;
}

TEST(LargeFleetTest, FromTheReadingOfTenThousandInstancesToTheChangeIsLessThanASecond) {
  constexpr int kRounds = 5;
  const ScriptedHttpServer server(answers_of_a_large_cloud(10'000, kRounds));
  SystemClock clock;
  SaladFleet fleet({server.url(), "o", "p", "g", "k", {}}, clock);
  FakeQueueAdmin queue;
  queue.now = {300, 0, 0, 0};
  ScalingPolicy policy;
  policy.size_max = 500;
  Autoscaler autoscaler({queue, fleet, [] { return std::nullopt; }, clock}, policy);
  std::vector<Duration> times;
  for (int i = 0; i < kRounds; ++i) {
    const ScalingRound round = autoscaler.round(false, clock.now() + 1min);
    ASSERT_TRUE(round.carried_out) << round.decision.reason;
    EXPECT_EQ(round.reading.fleet->running, 10'000u);
    times.push_back(round.took);
  }
  std::ranges::sort(times);
  EXPECT_LT(times[kRounds / 2], 1s);
}

}  // namespace
}  // namespace holdfast::test
