// An adaptive interval goes by the interruptions that the whole fleet has seen.
#include "core/interval.h"
#include "one_worker.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

class MeanTimeTest : public OneWorker {
 protected:
  MeanTimeTest() {
    settings_.adapt_to_mtbf = kMtbfPrior;
    settings_.lifetimes = layout_;
  }
  void runs_for(Duration time, int code) {
    task_ = [this, time, code](const TaskSpec& spec) {
      replace_file(spec.checkpoint_directory / "state", "1");
      in_exit_with(time, code);
    };
  }
  std::vector<Lifetime> noted() {
    std::vector<Lifetime> lifetimes;
    for (const ObjectEntry& entry : memory_.list(layout_.lifetimes_prefix(), "", 100, kFar)) {
      lifetimes.push_back(*layout_.lifetime_of(entry.key));
    }
    return lifetimes;
  }
  // Somebody claimed the job, ran for two hours by their last checkpoint, and vanished.
  void lose_one_elsewhere(bool with_checkpoint) {
    Elsewhere other(*this, "a", "m1");
    if (!with_checkpoint) return;
    Progress progress;
    progress.ran_seconds = 7200;
    other.append([&](const Record& r) {
      return checkpointed(r, {{1}, r.attempt, std::string(64, 'a'), 1}, progress, 2);
    });
  }

  const FleetLayout layout_{"jobs"};
};

TEST_F(MeanTimeTest, AnAttemptThatEndsByItselfCountsWithTheTimeThatItRan) {
  runs_for(2h, 0);
  work({delivery(kBody)});
  EXPECT_EQ(noted(), (std::vector<Lifetime>{{7200, false}}));
}

TEST_F(MeanTimeTest, ADrainIsAnInterruption) {
  runs_for(10h, 0);
  in(1h, [this] { post(DrainRequested{}); });
  work({delivery(kBody)});
  ASSERT_EQ(noted().size(), 1u);
  EXPECT_TRUE(noted()[0].interrupted);
  EXPECT_NEAR(static_cast<double>(noted()[0].seconds), 3600, 2);
}

TEST_F(MeanTimeTest, WhoFindsAnAttemptLostNotesItAndLearnsAtOnce) {
  lose_one_elsewhere(true);
  Delivery again = delivery(kBody);
  again.redelivered = true;
  runs_for(1h, 85);
  work({again});
  const auto lifetimes = noted();
  EXPECT_NE(std::find(lifetimes.begin(), lifetimes.end(), Lifetime{7200, true}), lifetimes.end());
  EXPECT_EQ(board_.mean_time.get(), mean_time_between_interruptions({2h, 1}));
}

TEST_F(MeanTimeTest, WhatIsGivenIsNotLearned) {
  settings_.lifetimes.reset();
  runs_for(2h, 0);
  work({delivery(kBody)});
  EXPECT_TRUE(noted().empty());
}

// The interval is sqrt(2 cost mtbf): at a tenth of the mean time a third as long.
TEST_F(MeanTimeTest, AFleetThatIsInterruptedOftenTakesMoreCheckpoints) {
  transfer_takes_ = [](const TransferCommand& command) {
    return std::holds_alternative<Save>(command.what) ? Duration(60s) : Duration::zero();
  };
  // What it has done changes all the time: equal content makes no checkpoint.
  task_ = [this](const TaskSpec& spec) {
    for (int minute = 0; minute < 4 * 60; ++minute) {
      in(minute * 1min, [this, spec, minute] {
        if (runs_) replace_file(spec.checkpoint_directory / "state", std::to_string(minute));
      });
    }
    in_exit_with(4h, 0);
  };
  work({delivery(kBody, 1)});
  const std::uint64_t calm = newest("a")->generation.value;
  for (int i = 0; i < 50; ++i) {
    Lifetimes(memory_, layout_).note("n" + std::to_string(i), {600, true}, kFar);
  }
  work({delivery(R"({"job_id":"b","steps":3})", 2)});
  EXPECT_GT(newest("b")->generation.value, 2 * calm);
}

TEST_F(MeanTimeTest, AStoreThatForgetsToAnswerLeavesThePrior) {
  store_.before_read = store_.before_write = [this](const std::string& key) {
    if (key.starts_with(".fleet/")) throw Error(ErrorKind::unavailable, "planned: " + key);
  };
  runs_for(1h, 0);
  work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_EQ(board_.mean_time.get(), Duration::zero());
}

}  // namespace
}  // namespace holdfast
