// Whose fault failures are: what the logs of the jobs say decides, and nothing else.
#include "core/suspicion.h"

#include <gtest/gtest.h>

#include "core/transition.h"

namespace holdfast {
namespace {

class SuspicionTest : public testing::Test {
 protected:
  static Record claimed_by(const std::string& worker, const std::optional<Record>& before = {}) {
    return claimed(before, {"id-" + worker, worker, "m1"});
  }
  static Record failed(const Record& before) {
    return handed_back(before, {before.attempt, Ending::failed, before.worker, "exit code 3", ""});
  }
  static Record advanced(const Record& before) {
    const std::uint64_t next = before.generation.value + 1;
    return checkpointed(before, {{next}, before.attempt, std::string(64, 'a'), 1}, {}, 2);
  }
  static Record finished(const Record& before) {
    return completed(before, std::string(64, 'b'), {},
                     {before.attempt, Ending::finished, before.worker, "finished", ""});
  }
  Record fails_here(const std::string& job) {
    const Record after = failed(claimed_by("pc-1"));
    suspicion_.ended(job, after);
    return after;
  }

  Suspicion suspicion_{"pc-1"};
};

TEST_F(SuspicionTest, ThreeJobsThatWentOnElsewhereProveIt) {
  const Record a = fails_here("a");
  const Record b = fails_here("b");
  const Record c = fails_here("c");
  EXPECT_FALSE(suspicion_.proven());
  suspicion_.seen("a", finished(claimed_by("pc-2", a)));
  suspicion_.seen("b", advanced(claimed_by("pc-3", b)));
  EXPECT_FALSE(suspicion_.proven());
  suspicion_.seen("c", advanced(claimed_by("pc-2", c)));
  EXPECT_TRUE(suspicion_.proven());
}

// Else a program that is broken everywhere would end the whole fleet.
TEST_F(SuspicionTest, JobsThatNobodyElseTriedProveNothingHoweverMany) {
  for (int i = 0; i < 50; ++i) fails_here(std::to_string(i));
  EXPECT_FALSE(suspicion_.proven());
  EXPECT_LE(suspicion_.unclear().size(), Suspicion::kSuspectsMax);
}

TEST_F(SuspicionTest, AJobThatFailedOnAnotherNodeIsItsOwnFault) {
  const Record elsewhere = failed(claimed_by("pc-2"));
  suspicion_.ended("a", failed(claimed_by("pc-1", elsewhere)));
  EXPECT_TRUE(suspicion_.unclear().empty());
  const Record b = fails_here("b");
  suspicion_.seen("b", failed(claimed_by("pc-2", b)));
  EXPECT_TRUE(suspicion_.unclear().empty());
}

TEST_F(SuspicionTest, AWitnessStaysOneThoughTheJobFailsElsewhereLater) {
  std::vector<Record> after;
  for (const char* job : {"a", "b", "c"}) after.push_back(fails_here(job));
  const Record advanced_a = advanced(claimed_by("pc-2", after[0]));
  suspicion_.seen("a", advanced_a);
  suspicion_.seen("a", failed(advanced_a));
  EXPECT_EQ(suspicion_.witnesses(), std::vector<std::string>{"a"});
}

TEST_F(SuspicionTest, AJobThatFailsHereAgainAndAgainIsOneJob) {
  Record record = fails_here("a");
  for (int i = 0; i < 5; ++i) {
    record = failed(claimed_by("pc-1", record));
    suspicion_.ended("a", record);
  }
  EXPECT_EQ(suspicion_.unclear().size(), 1u);
  EXPECT_EQ(suspicion_.pause(), Duration::zero());
}

TEST_F(SuspicionTest, ASuccessHereClearsTheNode) {
  for (const char* job : {"a", "b", "c"}) fails_here(job);
  EXPECT_GT(suspicion_.pause(), Duration::zero());
  suspicion_.ended("d", finished(claimed_by("pc-1")));
  EXPECT_TRUE(suspicion_.unclear().empty());
  EXPECT_EQ(suspicion_.pause(), Duration::zero());
}

TEST_F(SuspicionTest, ProgressHereClearsTheNodeAlsoIfTheJobFailsThen) {
  for (const char* job : {"a", "b", "c"}) fails_here(job);
  suspicion_.ended("d", failed(advanced(claimed_by("pc-1"))));
  EXPECT_TRUE(suspicion_.unclear().empty());
}

TEST_F(SuspicionTest, WhatIsNoFailureProvesNothing) {
  for (const Ending ending : {Ending::interrupted, Ending::node_unfit, Ending::lost}) {
    const Record running = claimed_by("pc-1");
    suspicion_.ended(std::string(to_text(ending)),
                     handed_back(running, {running.attempt, ending, "pc-1", "", ""}));
  }
  EXPECT_TRUE(suspicion_.unclear().empty());
}

TEST_F(SuspicionTest, TheNextJobIsLeftToOthersLongerAndLongerButNotForEver) {
  Duration before{0};
  for (int i = 0; i < 30; ++i) {
    fails_here(std::to_string(i));
    EXPECT_GE(suspicion_.pause(), before);
    before = suspicion_.pause();
    EXPECT_EQ(before > Duration::zero(), i + 1 >= static_cast<int>(Suspicion::kWitnesses));
  }
  EXPECT_EQ(before, Suspicion::kPauseMax);
}

}  // namespace
}  // namespace holdfast
