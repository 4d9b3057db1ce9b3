// What the cloud is told of a worker, and how rarely a service is asked that does not answer.
#include "worker/cost_teller.h"

#include <vector>

#include <gtest/gtest.h>

#include "fakes/faulty_store.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "holdfast/error.h"
#include "worker/replacement.h"

namespace holdfast {
namespace {

class FakeNode final : public Node {
 public:
  void set_deletion_cost(std::uint32_t cost, TimePoint) override {
    asked += 1;
    if (away) throw Error(ErrorKind::unavailable, "planned: nobody answers");
    costs.push_back(cost);
  }
  void replace(const std::string& reason, TimePoint) override {
    if (away) throw Error(ErrorKind::unavailable, "planned: nobody answers");
    reasons.push_back(reason);
  }

  bool away = false;
  int asked = 0;
  std::vector<std::uint32_t> costs;
  std::vector<std::string> reasons;
};

class CostTellerTest : public testing::Test {
 protected:
  // Lets time pass as the thread would.
  void pass(Duration time) {
    for (const TimePoint until = clock_.now() + time; clock_.now() < until;) {
      clock_.wait_until(std::min(until, teller_.step()));
    }
  }
  void work_since(TimePoint instant) {
    board_.stage.set(WorkerStage::running);
    board_.durable_until.set(instant);
  }

  ManualClock clock_;
  WorkerBoard board_;
  FakeNode node_;
  CostTeller teller_{node_, board_, clock_};
};

TEST_F(CostTellerTest, AnIdleOneIsToldOnce) {
  pass(1h);
  EXPECT_EQ(node_.costs, (std::vector<std::uint32_t>{0}));
}

TEST_F(CostTellerTest, EveryChangeOfWhatItDoesIsToldWithinTwoSeconds) {
  pass(10s);
  work_since(clock_.now());
  pass(2s);
  EXPECT_EQ(node_.costs.back(), 1u);
  board_.stage.set(WorkerStage::storing);
  pass(2s);
  EXPECT_EQ(node_.costs.back(), kDeletionCostMax);
  board_.stage.set(WorkerStage::idle);
  pass(2s);
  EXPECT_EQ(node_.costs.back(), 0u);
  board_.stage.set(WorkerStage::running);
  pass(2s);
  board_.draining.set(true);
  pass(2s);
  EXPECT_EQ(node_.costs.back(), 0u);
}

TEST_F(CostTellerTest, UnsavedWorkIsToldNowAndThenOnly) {
  work_since(clock_.now());
  pass(1h);
  EXPECT_GE(node_.costs.back(), 3580u);
  EXPECT_LE(node_.costs.size(), 1 + 1h / CostTeller::kEvery);
}

TEST_F(CostTellerTest, AServiceThatIsAwayIsAskedEverMoreRarelyAndToldWhenItIsBack) {
  node_.away = true;
  work_since(clock_.now());
  pass(1h);
  EXPECT_LE(node_.asked, 12);
  EXPECT_TRUE(node_.costs.empty());
  node_.away = false;
  pass(CostTeller::kPauseMax + 2s);
  ASSERT_FALSE(node_.costs.empty());
  EXPECT_GE(node_.costs.front(), 3600u);
}

class ReplacementTest : public testing::Test {
 protected:
  ReplacementOutcome ask(std::uint32_t per_hour) {
    return ask_for_replacement(node_, store_, clock_, layout_, per_hour, "no GPU");
  }
  std::size_t counted() {
    const TimePoint far = clock_.now() + 1h;
    return store_.list(layout_.replacements_prefix(), "", 100, far).size();
  }

  ManualClock clock_;
  MemoryStore store_;
  FakeNode node_;
  const FleetLayout layout_{"jobs"};
};

TEST_F(ReplacementTest, AFleetAsksAsOftenInAnHourAsItMay) {
  EXPECT_EQ(ask(2), ReplacementOutcome::asked);
  EXPECT_EQ(ask(2), ReplacementOutcome::asked);
  EXPECT_EQ(ask(2), ReplacementOutcome::budget_spent);
  EXPECT_EQ(node_.reasons, (std::vector<std::string>{"no GPU", "no GPU"}));
}

TEST_F(ReplacementTest, TheNextHourIsAnotherAndADayLaterNothingIsLeftOfEither) {
  EXPECT_EQ(ask(1), ReplacementOutcome::asked);
  clock_.advance(1h);
  EXPECT_EQ(ask(1), ReplacementOutcome::asked);
  clock_.advance(26h);
  EXPECT_EQ(ask(1), ReplacementOutcome::asked);
  EXPECT_EQ(counted(), 1u);
}

TEST_F(ReplacementTest, AClockThatIsHoursAheadGivesNoBudgetBack) {
  EXPECT_EQ(ask(1), ReplacementOutcome::asked);
  ManualClock ahead;
  ahead.advance(20h);
  EXPECT_EQ(ask_for_replacement(node_, store_, ahead, layout_, 1, "no GPU"),
            ReplacementOutcome::asked);
  EXPECT_EQ(ask(1), ReplacementOutcome::budget_spent);
}

TEST_F(ReplacementTest, AStoreThatIsAwayForTheCleaningKeepsNobodyFromAsking) {
  FaultyStore store(store_);
  store.plan(1, Fault::refused);  // After the hour's object.
  EXPECT_EQ(ask_for_replacement(node_, store, clock_, layout_, 1, "no GPU"),
            ReplacementOutcome::asked);
  EXPECT_FALSE(store.pending());
  EXPECT_EQ(node_.reasons.size(), 1u);
}

TEST_F(ReplacementTest, AFleetMayForbidItself) {
  EXPECT_EQ(ask(0), ReplacementOutcome::budget_spent);
  EXPECT_TRUE(node_.reasons.empty());
}

TEST_F(ReplacementTest, WithoutTheStoreNobodyIsAsked) {
  store_.go_away();
  EXPECT_THROW(static_cast<void>(ask(2)), Error);
  EXPECT_TRUE(node_.reasons.empty());
}

}  // namespace
}  // namespace holdfast
