// The claim table of docs/protocol.md, row by row.
#include "core/claim.h"

#include <gtest/gtest.h>

#include "core/transition.h"

namespace holdfast {
namespace {

Record newest_in(JobState state, std::uint32_t attempts_since_progress) {
  Record record;
  record.number = 7;
  record.state = state;
  record.attempt = {3};
  record.message_id = "m1";
  record.attempts_since_progress = attempts_since_progress;
  return record;
}

struct Row {
  const char* name;
  std::optional<JobState> state;
  std::uint32_t attempts_since_progress;
  bool earlier_holder_gone;
  ClaimDecision decision;
};

class ClaimTable : public testing::TestWithParam<Row> {};

TEST_P(ClaimTable, DecidesAsTheProtocolSays) {
  const Row& row = GetParam();
  RetryPolicy policy;
  policy.attempts_max = 10;
  std::optional<Record> newest;
  if (row.state) newest = newest_in(*row.state, row.attempts_since_progress);
  // Whether the message came before does not decide, only how long to wait.
  for (const bool redelivered : {false, true}) {
    EXPECT_EQ(decide_claim(newest, {"m1", redelivered, row.earlier_holder_gone}, policy),
              row.decision);
  }
}

TEST(ClaimTest, WhoHeldAnotherMessageOfTheJobNeedNotBeItsOwner) {
  for (const char* message : {"m2", ""}) {
    for (const std::uint32_t attempts : {0u, 99u}) {
      const Record running = newest_in(JobState::running, attempts);
      EXPECT_EQ(decide_claim(running, {message, true, true}, {}), ClaimDecision::ask) << message;
    }
  }
}

TEST(ClaimTest, AJobThatTakesItsWorkersWithItIsSetAsideWhateverItReports) {
  RetryPolicy policy;
  policy.attempts_max = 2;
  Record record;
  int attempts = 0;
  std::optional<Record> newest;
  while (decide_claim(newest, {"m1", true, true}, policy) == ClaimDecision::claim) {
    ASSERT_LT(++attempts, 10'000);
    Progress progress;
    progress.step = static_cast<std::uint64_t>(attempts);
    record = checkpointed(claimed(newest, {"id", "pc-1", "m1"}),
                          {{static_cast<std::uint64_t>(attempts)}, {1}, std::string(64, 'a'), 1},
                          progress, 2);
    newest = record;
  }
  EXPECT_EQ(attempts, 201);  // 100 times attempts_max were lost, and the one that then ran.
}

constexpr Row kRows[] = {
    {"NoLog", {}, 0, false, ClaimDecision::claim},
    {"NoLogAndHolderGone", {}, 0, true, ClaimDecision::claim},
    {"Waiting", JobState::waiting, 0, false, ClaimDecision::claim},
    {"WaitingOneBelowTheLimit", JobState::waiting, 9, false, ClaimDecision::claim},
    {"WaitingAtTheLimit", JobState::waiting, 10, false, ClaimDecision::set_aside},
    {"WaitingAboveTheLimit", JobState::waiting, 11, false, ClaimDecision::set_aside},
    {"WaitingAtTheLimitAndHolderGone", JobState::waiting, 10, true, ClaimDecision::set_aside},
    {"Running", JobState::running, 0, false, ClaimDecision::ask},
    // The owner may live and make progress yet: it is asked whatever the limit says.
    {"RunningAtTheLimit", JobState::running, 10, false, ClaimDecision::ask},
    {"RunningAndHolderGone", JobState::running, 9, true, ClaimDecision::claim},
    {"RunningAtTheLimitAndHolderGone", JobState::running, 10, true, ClaimDecision::set_aside},
    {"Completed", JobState::completed, 99, false, ClaimDecision::finish},
    {"CompletedAndHolderGone", JobState::completed, 99, true, ClaimDecision::finish},
    {"Dead", JobState::dead, 99, false, ClaimDecision::finish},
    {"DeadAndHolderGone", JobState::dead, 99, true, ClaimDecision::finish},
    {"Cancelled", JobState::cancelled, 0, false, ClaimDecision::finish},
    {"CancelledAndHolderGone", JobState::cancelled, 0, true, ClaimDecision::finish},
};

INSTANTIATE_TEST_SUITE_P(Every, ClaimTable, testing::ValuesIn(kRows),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(PatienceTest, IsShortOnlyForTheOwnersOwnMessageHandedOutAgain) {
  const Patience patience;
  const Record newest = newest_in(JobState::running, 1);
  EXPECT_EQ(patience_for(newest, {"m1", true, false}, patience), patience.redelivered);
  EXPECT_EQ(patience_for(newest, {"m1", false, false}, patience), patience.submitted_twice);
  EXPECT_EQ(patience_for(newest, {"m2", true, false}, patience), patience.submitted_twice);
  EXPECT_EQ(patience_for(newest, {"m2", false, false}, patience), patience.submitted_twice);
}

TEST(CopyTest, HasAnotherIdThanItsOriginalAndThanTheCopyBefore) {
  const std::string first = id_of_copy("train-7", "salt-1");
  const std::string second = id_of_copy(first, "salt-2");
  EXPECT_NE(first, "train-7");
  EXPECT_NE(second, first);
  EXPECT_TRUE(second.starts_with("train-7"));
  EXPECT_EQ(second.size(), first.size()) << "ids must not grow from copy to copy";
  EXPECT_NE(id_of_copy("", "salt-1"), "");
  EXPECT_NE(kept_message_id(id_of_copy(std::string(500, 'x'), "salt-1")),
            kept_message_id(id_of_copy(std::string(500, 'x'), "salt-2")));
}

TEST(PatienceTest, KnowsAMessageAgainWhoseIdARecordCannotKeepWhole) {
  const Patience patience;
  const std::string id = std::string(400, 'm') + '\x01';
  Record newest = newest_in(JobState::running, 1);
  newest.message_id = kept_message_id(id);
  EXPECT_EQ(patience_for(newest, {id, true, false}, patience), patience.redelivered);
}

}  // namespace
}  // namespace holdfast
