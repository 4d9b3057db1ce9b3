// A store that cannot keep two workers apart is told from one that can, and nothing is left behind.
#include "operate/fence_probe.h"

#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "fakes/bad_stores.h"
#include "fakes/memory_store.h"
#include "fakes/thrown.h"

namespace holdfast {
namespace {

class FenceProbeTest : public testing::Test {
 protected:
  Fence probe(Store& store) {
    return probe_fence(store, clock_, random_, clock_.now() + std::chrono::seconds(5));
  }

  SystemClock clock_;
  Random random_{1};
  MemoryStore memory_;
};

TEST_F(FenceProbeTest, AStoreThatRefusesTheSecondCreateHoldsTheFence) {
  EXPECT_EQ(probe(memory_), Fence::holds);
  EXPECT_TRUE(memory_.keys().empty());
}

TEST_F(FenceProbeTest, AStoreThatIgnoresTheConditionIsFound) {
  IgnoringStore store(memory_);
  EXPECT_EQ(probe(store), Fence::ignored);
  EXPECT_TRUE(memory_.keys().empty());
}

TEST_F(FenceProbeTest, AStoreThatDoesNotKnowTheConditionIsFound) {
  UnknowingStore unknowing(memory_);
  EXPECT_EQ(probe(unknowing), Fence::missing);
  RefusingStore refusing(memory_);
  EXPECT_EQ(probe(refusing), Fence::missing);
  EXPECT_TRUE(memory_.keys().empty());
}

TEST_F(FenceProbeTest, AStoreThatTakesNoWritesIsNoMatterOfConditions) {
  ReadOnlyStore store(memory_);
  EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(probe(store)); }), ErrorKind::rejected);
}

TEST_F(FenceProbeTest, AnAnswerThatWasLostIsNoLostFence) {
  memory_.lose_next_answer();
  EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(probe(memory_)); }), ErrorKind::unavailable);
  EXPECT_TRUE(memory_.keys().empty()) << "what a broken-off probe wrote stayed";
  EXPECT_EQ(probe(memory_), Fence::holds);
}

}  // namespace
}  // namespace holdfast
