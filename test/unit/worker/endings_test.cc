// What the end of an attempt means for its job: finished or interrupted, progress or none, now or
// later; and that no message is acknowledged before what takes its place is confirmed.
#include "one_worker.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;
class EndingsTest : public OneWorker {
 protected:
  static void write(const TaskSpec& spec, const std::string& name, const std::string& text) {
    replace_file(spec.checkpoint_directory / name, text);
  }
  void drain_in(Duration time) {
    in(time, [this] { post(DrainRequested{}); });
  }
  void says_finished() {
    TaskSaid said;
    said.finished = true;
    post(TaskEvent(said));
  }
  // Ends by itself, or so it seems.
  void in_exit(Duration time, TaskExited exit) {
    in(time, [this, exit] {
      runs_ = false;
      post(TaskEvent(exit));
    });
  }
  static TaskExited after_sigterm(int code) {
    TaskExited exit{code, {}, "the end"};
    exit.answers_stop = true;
    return exit;
  }
};

TEST_F(EndingsTest, ATaskThatAnswersADrainWithExitCode0IsInterruptedWithALastCheckpoint) {
  stop_answer_ = 0;
  task_ = [this](const TaskSpec& spec) { write(spec, "state", "half"); };
  drain_in(10s);
  work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::waiting);
  EXPECT_EQ(newest()->endings.back().ending, Ending::interrupted);
  EXPECT_EQ(newest()->generation.value, 1u);
  EXPECT_EQ(settled_, (Settled{{1, Settlement::hand_back}}));
}

TEST_F(EndingsTest, ATaskThatSaysThatItHadFinishedIsCompletedThoughItIsDrained) {
  stop_answer_ = 0;
  task_ = [this](const TaskSpec&) { in(9s, [this] { says_finished(); }); };
  drain_in(10s);
  work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::completed);
}

TEST_F(EndingsTest, ATaskThatAnswersItsTimeLimitOrAStallWithExitCode0HasNotFinished) {
  stop_answer_ = 0;
  settings_.stall_after = 1min;
  settings_.retry.failures_max = 1;
  settings_.checkpoint_every = Duration::zero();
  work({delivery(kBody)});
  EXPECT_EQ(newest()->reason, "stalled");
  settings_.stall_after = Duration::zero();
  settings_.time_limit = 1min;
  work({delivery(R"({"job_id":"b","steps":3})")});
  EXPECT_EQ(newest("b")->reason, "timed_out");
}

// A machine that goes down sends SIGTERM to everything at once.
TEST_F(EndingsTest, ATaskThatEndsAMomentBeforeItsWorkerIsDrainedWasInterrupted) {
  const std::vector<TaskExited> ends = {after_sigterm(0), after_sigterm(1), TaskExited{{}, 15, {}},
                                        TaskExited{143, {}, {}}};
  for (const TaskExited& end : ends) {
    const std::string job = "j" + std::to_string(&end - ends.data());
    task_ = [&, this](const TaskSpec& spec) {
      write(spec, "state", "half");
      in_exit(10s, end);
      drain_in(11s);
    };
    work({delivery(R"({"job_id":")" + job + R"(","steps":3})")});
    EXPECT_EQ(newest(job)->state, JobState::waiting) << job;
    EXPECT_EQ(newest(job)->endings.back().ending, Ending::interrupted) << job;
    EXPECT_EQ(newest(job)->generation.value, 1u) << job;
  }
}

TEST_F(EndingsTest, ATaskThatEndsByItselfIsCompletedWhateverItDoesWithSignals) {
  task_ = [this](const TaskSpec&) { in_exit(10s, after_sigterm(0)); };
  work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::completed);
}

TEST_F(EndingsTest, ATaskThatCannotHaveHeardASignalIsNotWaitedFor) {
  const TimePoint begin = clock_.now();
  task_ = [this](const TaskSpec&) { in_exit_with(10s, 0); };
  work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_EQ(clock_.now() - begin, 10s);
}

TEST_F(EndingsTest, ASnapshotThatShowsNothingNewWritesNoRecord) {
  task_ = [this](const TaskSpec& spec) {
    write(spec, "state", "1");
    in_exit_with(1h, 0);
  };
  work({delivery(kBody)});
  EXPECT_EQ(newest()->generation.value, 1u);
  EXPECT_LT(newest()->number, 5u);
}

TEST_F(EndingsTest, AnAttemptThatChangesNothingOfWhatItResumedFromWritesNoRecord) {
  stop_answer_ = 0;
  task_ = [this](const TaskSpec& spec) {
    if (tasks_started_ == 1) write(spec, "state", "1");
    in_exit_with(90s, tasks_started_ == 3 ? 0 : 85);
  };
  work({delivery(kBody, 1), delivery(kBody, 2), delivery(kBody, 3)});
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_EQ(newest()->generation.value, 1u);
}

TEST_F(EndingsTest, AProgramThatFailsAfterEachCheckpointByTheClockIsDead) {
  task_ = [this](const TaskSpec& spec) {
    for (int i = 0; i < 3; ++i) {
      in(std::chrono::seconds(30 + 60 * i), [=, this] {
        write(spec, "log", std::to_string(tasks_started_) + " " + std::to_string(i));
      });
    }
    in_exit_with(200s, 1);
  };
  std::vector<Delivery> deliveries;
  for (std::uint64_t tag = 1; tag <= 12; ++tag) deliveries.push_back(delivery(kBody, tag));
  work(deliveries);
  EXPECT_EQ(newest()->state, JobState::dead);
  EXPECT_LE(tasks_started_, 5u);
}

TEST_F(EndingsTest, AnAttemptStepsBackFromACheckpointThatItsProgramCannotRead) {
  std::vector<std::string> read;
  task_ = [&, this](const TaskSpec& spec) {
    const auto state = read_file(spec.checkpoint_directory / "state", 100);
    read.push_back(state ? *state : "none");
    if (state == "torn") return in_exit_with(1s, 1);
    if (tasks_started_ > 1) return in_exit_with(1s, 0);
    in(30s, [=] { write(spec, "state", "good"); });
    in(90s, [=] { write(spec, "state", "torn"); });
    in_exit_with(130s, 85);
  };
  work({delivery(kBody, 1), delivery(kBody, 2), delivery(kBody, 3), delivery(kBody, 4)});
  EXPECT_EQ(read, (std::vector<std::string>{"none", "torn", "torn", "good"}));
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_EQ(newest()->endings.back().resumed.value, 1u);
}

TEST_F(EndingsTest, ATimeLimitCountsAllAttemptsTogether) {
  settings_.time_limit = 10min;
  settings_.checkpoint_every = Duration::zero();
  task_ = [this](const TaskSpec& spec) {
    write(spec, "state", std::to_string(tasks_started_));
    in_exit_with(4min, 85);
  };
  const TimePoint begin = clock_.now();
  work({delivery(kBody, 1), delivery(kBody, 2), delivery(kBody, 3)});
  EXPECT_EQ(newest()->reason, "timed_out");
  EXPECT_EQ(tasks_started_, 3u);
  EXPECT_LT(clock_.now() - begin, 11min);
}

TEST_F(EndingsTest, WhoAsksToBeTriedLaterComesBackThroughTheRetryQueue) {
  task_ = [this](const TaskSpec&) { in_exit_with(1s, tasks_started_ == 1 ? 75 : 85); };
  work({delivery(kBody, 1), delivery(kBody, 2)});
  ASSERT_EQ(published_.size(), 2u);
  EXPECT_EQ(published_[0].destination, Destination::retry);
  EXPECT_EQ(published_[0].delay, 30s);
  EXPECT_GT(published_[1].delay, published_[0].delay);
}

// G1, for each copy that takes a message's place.
TEST_F(EndingsTest, AMessageIsNotAcknowledgedWhoseCopyForALaterTryWasNotConfirmed) {
  confirms_ = false;
  task_ = [this](const TaskSpec&) { in_exit_with(1s, 3); };
  drain_in(1min);
  work({delivery(kBody)});
  EXPECT_EQ(published_.size(), 1u);
  EXPECT_EQ(settled_, (Settled{{1, Settlement::hand_back}}));
}

TEST_F(EndingsTest, AMessageIsNotAcknowledgedWhoseRenewalWasNotConfirmed) {
  confirms_ = false;
  settings_.delivery_limit = 3;
  Delivery old = delivery(kBody);
  old.returns = 2;
  drain_in(1min);
  work({old});
  EXPECT_EQ(published_.size(), 1u);
  EXPECT_EQ(settled_, (Settled{{1, Settlement::hand_back}}));
}

TEST_F(EndingsTest, AMessageIsNotAcknowledgedThatFindsThePocketFullAndHasNoConfirmedCopy) {
  confirms_ = false;
  settings_.parked_max = 0;
  Elsewhere other(*this, "a", "m9");
  other.lives_for(10min);
  drain_in(5min);
  work({delivery(kBody)});
  EXPECT_EQ(published_.size(), 1u);
  EXPECT_EQ(settled_, (Settled{{1, Settlement::hand_back}}));
}

// E1: the message that comes with a redrive may be acknowledged as a second one of the job.
TEST_F(EndingsTest, AJobThatIsBroughtBackWhileItsLetterIsPublishedKeepsAMessage) {
  settings_.retry.failures_max = 1;
  task_ = [this](const TaskSpec&) { in_exit_with(1s, 3); };
  confirms_ = false;
  in(10s, [this] {
    JobLog log(memory_, clock_, *JobId::parse("a"));
    log.read(kFar);
    EXPECT_EQ(
        log.append_as_claimant([](const auto& r) { return redriven(*r, "anna", "now"); }, kFar),
        AppendOutcome::appended);
    post(delivery(kBody, 2));
  });
  in(11s, [this] { confirms_ = true; });
  drain_when_empty_ = false;
  drain_in(1min);
  work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::waiting);
  const auto handed_back = [](const auto& settled) {
    return settled.second == Settlement::hand_back;
  };
  EXPECT_TRUE(std::any_of(settled_.begin(), settled_.end(), handed_back));
}

}  // namespace
}  // namespace holdfast
