// What a worker shows of itself: what counts as stuck, and the pages.
#include "worker/worker_pages.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

constexpr TimePoint kNow{std::chrono::hours(100)};

class WorkerPages : public testing::Test {
 protected:
  bool well() { return health_of(board_, traffic_, kNow).good(); }
  bool shows(const std::string& line) {
    const std::string page = metrics_page(board_, traffic_, "pc-1", "1.0", kNow);
    return ("\n" + page).find("\n" + line + "\n") != std::string::npos;
  }

  WorkerBoard board_;
  StoreTraffic traffic_;
};

TEST_F(WorkerPages, AWorkerWhoseTaskComputesForDaysIsWell) {
  board_.stage.set(WorkerStage::running);
  board_.durable_until.set(kNow - 72h);
  board_.session_due.set(kNow + 1h);
  board_.queue_due.set(kNow + 5s);
  EXPECT_TRUE(well());
}

TEST_F(WorkerPages, AWorkerWithoutItsBrokerIsWell) {
  board_.connected.set(false);
  board_.queue_due.set(kNow);
  EXPECT_TRUE(well());
}

// A probe that restarts the worker would give no right back, and lose the work.
TEST_F(WorkerPages, AWorkerThatIsRefusedIsWellAndSaysWhatSomebodyHasToMend) {
  traffic_.denied.set(true);
  board_.broker_denies.set(true);
  EXPECT_TRUE(well());
  const std::string page = health_page(health_of(board_, traffic_, kNow), board_, "pc-1");
  EXPECT_NE(page.find("the store refuses access"), std::string::npos) << page;
  EXPECT_NE(page.find("the broker refuses access"), std::string::npos) << page;
  EXPECT_TRUE(shows("holdfast_store_denied 1")) << "in the metrics";
  EXPECT_TRUE(shows("holdfast_broker_denied 1")) << "in the metrics";
}

TEST_F(WorkerPages, ASessionThatDoesNotComeBackIsStuck) {
  board_.session_due.set(kNow - kRoundMax);
  EXPECT_TRUE(well());
  board_.session_due.set(kNow - kRoundMax - 1s);
  EXPECT_FALSE(well());
}

TEST_F(WorkerPages, AQueueThreadThatDoesNotComeBackIsStuck) {
  board_.queue_due.set(kNow - kRoundMax - 1s);
  EXPECT_FALSE(well());
}

TEST_F(WorkerPages, ATransferIsStuckOnlyIfNoRequestOfItEnds) {
  board_.transfer_since.set(kNow - 10h);
  EXPECT_FALSE(well());
  traffic_.last_end.set(kNow - 1min);
  EXPECT_TRUE(well());
  traffic_.last_end.set(kNow - kTransferRoundMax - 1s);
  EXPECT_FALSE(well());
  board_.transfer_since.set(TimePoint::max());
  EXPECT_TRUE(well());
}

TEST_F(WorkerPages, TheHealthPageSaysWhoIsStuck) {
  board_.stage.set(WorkerStage::running);
  board_.session_due.set(kNow - 1h);
  EXPECT_EQ(health_page(health_of(board_, traffic_, kNow), board_, "a\"b"),
            R"({"healthy":false,"worker":"a\"b","stage":"running","connected":false,)"
            R"("degraded":[],"stuck":["the session has not moved for 3600 s"]})"
            "\n");
}

TEST_F(WorkerPages, TheMetricsCarryWhatTheBoardSays) {
  board_.stage.set(WorkerStage::running);
  board_.attempt.set(3);
  board_.connected.set(true);
  board_.jobs_completed.set(17);
  board_.durable_until.set(kNow - 90s);
  board_.checkpoint_held.set(250ms);
  traffic_.failures.set(2);
  for (const char* line :
       {R"(holdfast_worker_info{worker="pc-1",version="1.0"} 1)", "holdfast_healthy 1",
        R"(holdfast_jobs_total{outcome="completed"} 17)", R"(holdfast_stage{stage="running"} 1)",
        R"(holdfast_stage{stage="idle"} 0)", "holdfast_attempt 3", "holdfast_broker_connected 1",
        "holdfast_checkpoint_lag_seconds 90", "holdfast_last_checkpoint_held_seconds 0.25",
        "holdfast_store_failures_total 2", "holdfast_held_back 0"}) {
    EXPECT_TRUE(shows(line)) << line;
  }
}

TEST_F(WorkerPages, WithoutATaskThereIsNoLag) {
  EXPECT_TRUE(shows("holdfast_checkpoint_lag_seconds 0"));
}

}  // namespace
}  // namespace holdfast
