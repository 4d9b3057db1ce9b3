// Deliveries of jobs that others run: none keeps the slot idle, none is forgotten, and none is
// settled before its job allows it.
#include "one_worker.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

class ParkedDeliveriesTest : public OneWorker {
 protected:
  static std::string body(const std::string& job) {
    return R"({"job_id":")" + job + R"(","steps":3})";
  }
  // Every task finishes after `time`.
  void tasks_take(Duration time) {
    task_ = [this, time](const TaskSpec& spec) {
      started_.push_back(spec.environment.at("HOLDFAST_JOB_ID"));
      in_exit_with(time, 0);
    };
  }
  void drain_in(Duration time) {
    drain_when_empty_ = false;
    in(time, [this] { post(DrainRequested{}); });
  }

  std::vector<std::string> started_;
};

TEST_F(ParkedDeliveriesTest, WhileAJobRunsElsewhereTheSlotTakesAnother) {
  Elsewhere owner(*this, "a", "m9");
  owner.lives_for(2h);
  tasks_take(10min);
  drain_in(1h);
  work({delivery(body("a"), 1), delivery(body("b"), 2)});
  EXPECT_EQ(started_, std::vector<std::string>{"b"});
  EXPECT_EQ(newest("b")->state, JobState::completed);
  EXPECT_EQ(newest("a")->state, JobState::running);
  EXPECT_EQ(newest("a")->attempt_id, "elsewhere");
  EXPECT_EQ(settled_, (Settled{{2, Settlement::complete}, {1, Settlement::hand_back}}));
}

TEST_F(ParkedDeliveriesTest, AParkedJobIsPublishedAndSettledOnceItIsCompletedThoughTheSlotIsBusy) {
  Elsewhere owner(*this, "a", "m9");
  owner.lives_for(5min);
  in(5min, [&] { owner.completes(); });
  tasks_take(1h);
  in(30min, [this] {
    EXPECT_EQ(settled_, (Settled{{1, Settlement::complete}}));
    EXPECT_EQ(memory_.get("a/result.txt", 10, kFar), "7");
  });
  drain_in(2h);
  work({delivery(body("a"), 1), delivery(body("b"), 2)});
  EXPECT_EQ(settled_, (Settled{{1, Settlement::complete}, {2, Settlement::complete}}));
  EXPECT_EQ(started_, std::vector<std::string>{"b"});
}

TEST_F(ParkedDeliveriesTest, APublicationThatFailsIsTriedAgain) {
  Elsewhere owner(*this, "a", "m9");
  owner.completes();
  Elsewhere other(*this, "c", "m9");  // Parked first: the end of "a" is met from the parked ones.
  other.lives_for(2min);
  in(2min, [&] {
    store_.plan(1, Fault::refused);
    other.completes();
  });
  tasks_take(1h);
  drain_in(2h);
  work({delivery(body("c"), 1), delivery(body("b"), 2)});
  EXPECT_EQ(settled_, (Settled{{1, Settlement::complete}, {2, Settlement::complete}}));
  EXPECT_EQ(memory_.get("c/result.txt", 10, kFar), "7");
}

TEST_F(ParkedDeliveriesTest, AnOwnerThatFallsSilentLosesTheJobToTheFreeSlot) {
  Elsewhere owner(*this, "a", "m9");
  tasks_take(1min);
  drain_in(1h);
  work({delivery(body("a"), 1)});
  EXPECT_EQ(started_, std::vector<std::string>{"a"});
  EXPECT_EQ(newest("a")->state, JobState::completed);
  EXPECT_EQ(newest("a")->attempt.value, 2u);
  EXPECT_EQ(newest("a")->endings.front().ending, Ending::lost);
  EXPECT_EQ(settled_, (Settled{{1, Settlement::complete}}));
}

// Else whoever takes it next would have to be patient once more, and so on for ever.
TEST_F(ParkedDeliveriesTest, TheJobOfASilentOwnerGoesBackAsWaitingIfTheSlotIsBusy) {
  Elsewhere owner(*this, "a", "m9");
  tasks_take(1h);
  in(2min, [this] {
    EXPECT_EQ(newest("a")->state, JobState::waiting);
    EXPECT_EQ(newest("a")->endings.back().ending, Ending::lost);
    EXPECT_EQ(settled_, (Settled{{1, Settlement::hand_back}}));
  });
  drain_in(2h);
  work({delivery(body("a"), 1), delivery(body("b"), 2)});
  EXPECT_EQ(started_, std::vector<std::string>{"b"});
}

TEST_F(ParkedDeliveriesTest, ABusySlotHandsBackAJobThatItsOwnerHandedBack) {
  Elsewhere owner(*this, "a", "m9");
  owner.lives_for(5min);
  in(5min, [&] { owner.hands_back(); });
  in(6min, [this] { EXPECT_EQ(settled_, (Settled{{1, Settlement::hand_back}})); });
  tasks_take(1h);
  drain_in(2h);
  work({delivery(body("a"), 1), delivery(body("b"), 2)});
  EXPECT_EQ(started_, std::vector<std::string>{"b"});
}

TEST_F(ParkedDeliveriesTest, ThePatienceOfAParkedJobIsNotUsedUpByAnOutageOfTheStore) {
  Elsewhere owner(*this, "a", "m9");
  tasks_take(3h);
  in(10s, [this] { memory_.go_away(); });
  in(10min, [this] { memory_.come_back(); });
  in(10min + 20s, [&] {
    owner.append([](const Record& r) { return answered(r); });
    owner.lives_for(1h);
  });
  in(30min, [this] { EXPECT_TRUE(settled_.empty()); });
  drain_in(40min);
  work({delivery(body("a"), 1), delivery(body("b"), 2)});
  EXPECT_EQ(newest("a")->attempt_id, "elsewhere");
}

// Its owner lost its connection: it answers within seconds or is gone.
TEST_F(ParkedDeliveriesTest, TheSlotWaitsForTheAnswerAboutAMessageThatCameBack) {
  Elsewhere owner(*this, "a", "m1");
  tasks_take(10min);
  Delivery again = delivery(body("a"), 1);
  again.redelivered = true;
  drain_in(1h);
  const TimePoint begin = clock_.now();
  in(8s, [this, begin] {
    EXPECT_EQ(started_, std::vector<std::string>{"a"}) << (clock_.now() - begin).count();
  });
  work({again, delivery(body("b"), 2)});
  EXPECT_EQ(started_, (std::vector<std::string>{"a", "b"}));
}

TEST_F(ParkedDeliveriesTest, AMessageThatCameBackOfALivingOwnerIsParked) {
  Elsewhere owner(*this, "a", "m1");
  in(2s, [&] { owner.append([](const Record& r) { return answered(r); }); });
  owner.lives_for(1h);
  tasks_take(1min);
  Delivery again = delivery(body("a"), 1);
  again.redelivered = true;
  drain_in(30min);
  work({again, delivery(body("b"), 2)});
  EXPECT_EQ(started_, std::vector<std::string>{"b"});
  EXPECT_EQ(newest("a")->attempt_id, "elsewhere");
}

TEST_F(ParkedDeliveriesTest, AFullPocketSendsTheNextOneRoundTheRetryQueueUnderAnotherId) {
  settings_.parked_max = 1;
  Elsewhere owner_a(*this, "a", "m9");
  Elsewhere owner_b(*this, "b", "m8");
  owner_a.lives_for(1h);
  owner_b.lives_for(1h);
  drain_in(10min);
  work({delivery(body("a"), 1), delivery(body("b"), 2)});
  ASSERT_EQ(published_.size(), 1u);
  EXPECT_EQ(published_[0].destination, Destination::retry);
  EXPECT_EQ(published_[0].body, body("b"));
  EXPECT_EQ(published_[0].delay, 30s);
  EXPECT_NE(published_[0].message_id, "m2");
  EXPECT_EQ(settled_, (Settled{{2, Settlement::complete}, {1, Settlement::hand_back}}));
}

TEST_F(ParkedDeliveriesTest, ASecondMessageOfAParkedJobIsNotKept) {
  Elsewhere owner(*this, "a", "m9");
  owner.lives_for(1h);
  drain_in(10min);
  work({delivery(body("a"), 1), delivery(body("a"), 2)});
  EXPECT_EQ(settled_, (Settled{{2, Settlement::complete}, {1, Settlement::hand_back}}));
}

// Whoever lets the job run again sends its only message while that of the epoch before is
// published.
TEST_F(ParkedDeliveriesTest, TheMessageOfANewEpochIsNotTakenForThatOfAParkedJobThatHasEnded) {
  Elsewhere owner(*this, "a", "m9");
  owner.lives_for(5min);
  in(5min, [&] { owner.completes(); });
  transfer_takes_ = [](const TransferCommand& command) {
    return std::holds_alternative<PublishOutputs>(command.what) ? 30min : 0min;
  };
  in(10min, [this] {
    JobLog log(memory_, clock_, *JobId::parse("a"));
    log.read(kFar);
    const auto step = [](const auto& r) { return rerun(*r, StartFrom::zero, "anna", "now"); };
    EXPECT_EQ(log.append_as_claimant(step, kFar), AppendOutcome::appended);
    post(delivery(body("a"), 3));
  });
  tasks_take(1h);
  drain_in(2h);
  work({delivery(body("a"), 1), delivery(body("b"), 2)});
  EXPECT_EQ(newest("a")->state, JobState::waiting);
  EXPECT_NE(std::find(settled_.begin(), settled_.end(), std::pair(3ul, Settlement::hand_back)),
            settled_.end())
      << "the job waits without a message";
}

TEST_F(ParkedDeliveriesTest, WhatWasParkedIsForgottenWithItsConnection) {
  Elsewhere owner(*this, "a", "m9");
  owner.lives_for(1h);
  in(1min, [this] { post(ConnectionLost{"blip"}); });
  drain_in(10min);
  work({delivery(body("a"), 1)});
  EXPECT_TRUE(settled_.empty());
}

TEST_F(ParkedDeliveriesTest, ADrainingWorkerHandsBackWhatIsParkedAtOnce) {
  Elsewhere owner(*this, "a", "m9");
  owner.lives_for(1h);
  tasks_take(1h);
  transfer_takes_ = [](const TransferCommand& command) {
    return std::holds_alternative<Save>(command.what) ? Duration(2min) : Duration::zero();
  };
  drain_in(5min);
  in(5min + 1s, [this] { EXPECT_EQ(settled_, (Settled{{1, Settlement::hand_back}})); });
  work({delivery(body("a"), 1), delivery(body("b"), 2)});
  EXPECT_EQ(settled_.size(), 2u);
}

TEST_F(ParkedDeliveriesTest, AWorkerThatEndsWhenNothingIsLeftWaitsForWhatIsParked) {
  settings_.until_empty = true;
  drain_when_empty_ = false;
  Elsewhere owner(*this, "a", "m9");
  owner.lives_for(5min);
  in(5min, [&] { owner.completes(); });
  for (int i = 1; i < 100; ++i) in(std::chrono::seconds(10 * i), [this] { post(QueueEmpty{}); });
  const TimePoint begin = clock_.now();
  work({delivery(body("a"), 1)});
  EXPECT_EQ(settled_, (Settled{{1, Settlement::complete}}));
  EXPECT_GT(clock_.now() - begin, 5min);
  EXPECT_LT(clock_.now() - begin, 6min);
}

TEST_F(ParkedDeliveriesTest, AParkedJobWhoseLogIsDamagedIsSetAsideOnceTheSlotIsFree) {
  Elsewhere owner(*this, "a", "m9");
  owner.lives_for(30s);
  in(40s, [this] { memory_.damage(".holdfast/a/log/9999999999/996", "rubbish"); });
  tasks_take(10min);
  drain_in(1h);
  work({delivery(body("a"), 1), delivery(body("b"), 2)});
  ASSERT_EQ(published_.size(), 1u);
  EXPECT_EQ(published_[0].destination, Destination::dead);
  EXPECT_EQ(published_[0].body, body("a"));
}

// G6.
TEST_F(ParkedDeliveriesTest, AMessageThatComesBackToItsOwnerIsAdoptedAndTheTaskNeverStops) {
  tasks_take(10min);
  in(60s, [this] { post(ConnectionLost{"blip"}); });
  in(61s, [this] {
    wanted_ = false;
    post(ConnectionMade{});
  });
  in(62s, [this] {
    EXPECT_TRUE(wanted_);
    Delivery again = delivery(body("a"), 7);
    again.redelivered = true;
    post(again);
  });
  drain_in(1h);
  work({delivery(body("a"), 1)});
  EXPECT_EQ(started_, std::vector<std::string>{"a"});
  EXPECT_EQ(newest("a")->attempt.value, 1u);
  EXPECT_EQ(settled_, (Settled{{7, Settlement::complete}}));
}

TEST_F(ParkedDeliveriesTest, ASecondMessageOfTheRunningJobIsNotNeeded) {
  tasks_take(10min);
  in(60s, [this] { post(delivery(body("a"), 7)); });
  in(61s, [this] { EXPECT_EQ(settled_, (Settled{{7, Settlement::complete}})); });
  drain_in(1h);
  work({delivery(body("a"), 1)});
  EXPECT_EQ(settled_, (Settled{{7, Settlement::complete}, {1, Settlement::complete}}));
}

TEST_F(ParkedDeliveriesTest, ABusySlotParksOthersRunningJobsAndHandsBackWhatItCannotRun) {
  Elsewhere owner(*this, "b", "m9");
  owner.lives_for(1h);
  tasks_take(10min);
  in(60s, [this] {
    post(delivery(body("b"), 7));
    post(delivery(body("c"), 8));
    post(delivery("rubbish", 9));
  });
  in(2min, [this] {
    EXPECT_EQ(settled_, (Settled{{8, Settlement::hand_back}, {9, Settlement::hand_back}}));
  });
  drain_in(30min);
  work({delivery(body("a"), 1)});
  EXPECT_EQ(settled_.back(), (std::pair<std::uint64_t, Settlement>{7, Settlement::hand_back}));
  EXPECT_EQ(started_, std::vector<std::string>{"a"});
}

// What does not fit would go back and use up the few returns that the queue allows.
TEST_F(ParkedDeliveriesTest, AQueueWithASmallLimitIsNotAskedForTheMessageBack) {
  settings_.delivery_limit = 3;
  tasks_take(10min);
  in(60s, [this] {
    wanted_ = false;
    post(ConnectionLost{"blip"});
    post(ConnectionMade{});
  });
  in(61s, [this] { EXPECT_FALSE(wanted_); });
  drain_in(1h);
  work({delivery(body("a"), 1)});
  EXPECT_EQ(newest("a")->state, JobState::completed);
}

}  // namespace
}  // namespace holdfast
