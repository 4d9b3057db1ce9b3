// Workers that are killed at the very instant at which a certain request is under way: the proxy
// holds the request, the test kills the worker, another one goes on.
#include <ostream>

#include "fault/storage_fixture.h"

namespace holdfast::test {
namespace {

constexpr int kSteps = 20;

struct Instant {
  const char* name;
  const char* part;  // Of the key that is written.
  HttpFault fault;
};

std::ostream& operator<<(std::ostream& out, const Instant& instant) {
  return out << instant.name;
}

class StorageKillsTest : public StorageFixture, public testing::WithParamInterface<Instant> {
 protected:
  // Waits until `hits` requests are held, then kills.
  void kill_when_held(Program& worker, int hits) {
    ASSERT_TRUE(proxy_->wait_for_hits(hits, kSoon)) << worker.output();
    worker.kill();
    proxy_->heal();
  }
};

INSTANTIATE_TEST_SUITE_P(
    Instants, StorageKillsTest,
    testing::Values(Instant{"HashingAndSending", "/chunks/", HttpFault::hold_head},
                    Instant{"InTheMiddleOfAChunk", "/chunks/", HttpFault::hold_half},
                    Instant{"AfterAChunk", "/chunks/", HttpFault::hold_done},
                    Instant{"BeforeTheManifest", "/manifests/", HttpFault::hold_head},
                    Instant{"BetweenManifestAndRecord", "/manifests/", HttpFault::hold_done},
                    Instant{"BeforeTheRecord", "/log/", HttpFault::hold_head},
                    Instant{"AfterTheRecord", "/log/", HttpFault::hold_done}),
    [](const auto& instant) { return std::string(instant.param.name); });

TEST_P(StorageKillsTest, AWorkerKilledWhileItStoresACheckpointLosesNothingCommitted) {
  const auto first = start("first", kSteps);
  ASSERT_TRUE(first->says("generation=2", kSoon)) << first->output();
  proxy_->add({{"PUT", GetParam().part}, GetParam().fault});
  kill_when_held(*first, 1);
  const Record left = newest_record();
  EXPECT_GE(left.generation.value, 2u);

  const auto second = start("second", kSteps);
  EXPECT_EQ(second->ends(kLong), 0) << second->output();
  // What the dead worker had on its way may still arrive: then it is one more.
  const auto restored = [&](std::uint64_t generation) {
    return second->output().find("checkpoint restored job=" + job_ + " attempt=2 generation=" +
                                 std::to_string(generation)) != std::string::npos;
  };
  EXPECT_TRUE(restored(left.generation.value) || restored(left.generation.value + 1))
      << second->output();
  EXPECT_FALSE(began_anew(second->output())) << second->output();
  expect_completed(std::to_string(kSteps));
  EXPECT_EQ(newest_record().attempt.value, 2u);
}

TEST_F(StorageKillsTest, AWorkerKilledBetweenCompletedAndPublishingLeavesOnlyThatToDo) {
  const auto first = start("first", kSteps);
  proxy_->add({{"PUT", key("result.txt")}, HttpFault::hold_head});
  ASSERT_TRUE(proxy_->wait_for_hits(1, kSoon)) << first->output();
  first->kill();
  EXPECT_EQ(newest_record().state, JobState::completed);
  EXPECT_EQ(fleet_.object(key("result.txt")), "");
  proxy_->heal();  // What was on its way may still arrive.

  const auto second = start("second", kSteps);
  EXPECT_EQ(second->ends(kLong), 0) << second->output();
  EXPECT_EQ(steps_in(second->output()), 0u) << "the task ran again";
  expect_completed(std::to_string(kSteps));
  EXPECT_EQ(newest_record().attempt.value, 1u);
}

TEST_F(StorageKillsTest, AWorkerKilledBeforeItKnowsThatItsCompletionIsWrittenHasCompletedTheJob) {
  const auto first = start("first", kSteps);
  proxy_->add({{"PUT", "/outputs.json"}, HttpFault::hold_done});
  ASSERT_TRUE(proxy_->wait_for_hits(1, kSoon)) << first->output();
  proxy_->add({{"PUT", "/log/"}, HttpFault::hold_done});
  proxy_->release();
  kill_when_held(*first, 2);
  EXPECT_EQ(newest_record().state, JobState::completed);

  const auto second = start("second", kSteps);
  EXPECT_EQ(second->ends(kLong), 0) << second->output();
  EXPECT_EQ(steps_in(second->output()), 0u) << "the task ran again";
  expect_completed(std::to_string(kSteps));
}

// 7 chunks of a file that is the same in each attempt, such as a model that is trained further.
TEST_F(StorageKillsTest, WhatAKilledWorkerHadSentOfALargeFirstCheckpointIsNotSentAgain) {
  constexpr std::uint64_t kChunkMiB = 8;
  constexpr std::uint64_t kMiB = 1024 * 1024;
  constexpr int kInFlight = 4;
  const std::string script = R"(
    python3 -c 'import random; open("weights", "wb").write(random.Random(1).randbytes(56 << 20))'
    $HOLDFAST checkpoint; read _ < $GO
    echo 20 > $HOLDFAST_OUTPUT_DIR/result.txt)";
  checkpoint_every_ = "0";
  const auto first = start_script("first", script);
  proxy_->add({{"PUT", "/chunks/"}, HttpFault::none, 0, 6});
  proxy_->add({{"PUT", "/chunks/"}, HttpFault::hold_head});
  kill_when_held(*first, 1);
  EXPECT_EQ(newest_record().generation.value, 0u);

  const auto second = start_script("second", script);
  ASSERT_TRUE(second->says("checkpoint committed", kLong)) << second->output();
  // At most the last one and those that were under way, but for one, which made room for it.
  const std::uint64_t sent = proxy_->body_bytes({"PUT", "/chunks/2/"});
  EXPECT_LE(sent, kInFlight * kChunkMiB * kMiB);
  EXPECT_GE(sent, kChunkMiB * kMiB);
  let_go();
  EXPECT_EQ(second->ends(kLong), 0) << second->output();
  expect_completed("20\n");
}

TEST_F(StorageKillsTest, AWorkerKilledWhileItStoresItsResultIsFollowedByOneThatStoresIt) {
  const auto first = start("first", kSteps);
  proxy_->add({{"PUT", "/attempts/1/outputs/"}, HttpFault::hold_half});
  kill_when_held(*first, 1);
  EXPECT_EQ(newest_record().state, JobState::running);
  finish_with_another(kSteps);
}

}  // namespace
}  // namespace holdfast::test
