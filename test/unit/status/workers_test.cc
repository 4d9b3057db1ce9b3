#include "status/workers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"

namespace holdfast {
namespace {

constexpr std::int64_t kNow = 1'795'000'000;

class WorkersTest : public testing::Test {
 protected:
  void sign(const WorkerSign& sign) {
    store_.put(fleet_.workers_prefix() + to_text(sign), "", sha256(""), clock_.now() + 1s);
  }
  std::vector<std::string> names(const std::vector<IndexEntry>& running) {
    seen_ = seen_workers(store_, clock_, fleet_, running, kNow);
    std::vector<std::string> names;
    for (const SeenWorker& worker : seen_) names.push_back(worker.sign.worker);
    return names;
  }

  ManualClock clock_;
  MemoryStore store_;
  const FleetLayout fleet_{"jobs"};
  std::vector<SeenWorker> seen_;
};

TEST_F(WorkersTest, EachThatIsThereIsShownOnceWithItsJob) {
  sign({"idle", kNow - 9000, kNow - 200, "0.2.0"});
  sign({"busy", kNow - 9000, kNow - 400, "0.2.0"});
  sign({"busy", kNow - 9000, kNow - 100, "0.2.0"});
  store_.put(fleet_.workers_prefix() + "what is that", "", sha256(""), clock_.now() + 1s);
  EXPECT_THAT(names({{.job = "a", .state = JobState::running, .worker = "busy"}}),
              testing::ElementsAre("busy", "idle"));
  ASSERT_TRUE(seen_[0].job);
  EXPECT_EQ(seen_[0].job->job, "a");
  EXPECT_EQ(seen_[0].sign.seen, kNow - 100);
  EXPECT_FALSE(seen_[1].job);
}

TEST_F(WorkersTest, WhoGaveNoSignForLongIsGone) {
  sign({"gone", kNow - 9000, kNow - kGoneSeconds, "0.2.0"});
  EXPECT_THAT(names({}), testing::IsEmpty());
}

TEST_F(WorkersTest, OneThatOnlyItsJobTellsOfIsThere) {
  EXPECT_THAT(names({{.job = "a",
                      .state = JobState::running,
                      .changed = kNow - 10,
                      .worker = "old-version"}}),
              testing::ElementsAre("old-version"));
  EXPECT_EQ(seen_[0].sign.started, 0);
}

}  // namespace
}  // namespace holdfast
