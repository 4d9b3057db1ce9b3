// A cancelled job: whatever is being done for it ends within half a minute, nothing of it is kept,
// and its message leaves the queue.
#include "one_worker.h"
#include "tasklog/log_reader.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

class CancelTest : public OneWorker {
 protected:
  template <typename Command>
  void takes(Duration time) {
    transfer_takes_ = [time](const TransferCommand& command) {
      return std::holds_alternative<Command>(command.what) ? time : Duration::zero();
    };
  }
  void write_state(const TaskSpec& spec, const std::string& state) {
    std::filesystem::create_directories(spec.checkpoint_directory);
    replace_file(spec.checkpoint_directory / "state", state);
  }
  void write_result(const TaskSpec& spec) {
    replace_file(std::filesystem::path(spec.environment.at("HOLDFAST_OUTPUT_DIR")) / "result.txt",
                 "6");
  }
  void expect_cancelled(const SessionSummary& summary) {
    EXPECT_EQ(newest()->state, JobState::cancelled);
    EXPECT_EQ(newest()->kind, RecordKind::cancelled);  // Nothing follows it.
    EXPECT_EQ(memory_.get("a/result.txt", 10, kFar), std::nullopt);
    EXPECT_EQ(settled_,
              (std::vector<std::pair<std::uint64_t, Settlement>>{{1, Settlement::complete}}));
    EXPECT_TRUE(published_.empty());
    // Whoever waits for the program's end learns of it.
    const AttemptNumber attempt = newest()->attempt;
    const LogReader reader(memory_, clock_, *JobId::parse("a"));
    EXPECT_TRUE(tasks_started_ == 0 || reader.ended(attempt));
    EXPECT_EQ(summary.failure, "");
    EXPECT_EQ(summary.completed, 0u);
  }
};

TEST_F(CancelTest, ARunningTaskIsAskedToStopAndKilledWithinHalfAMinute) {
  settings_.grace = 5min;
  const TimePoint begin = clock_.now();
  in(2min, [this] { cancel(); });
  const SessionSummary summary = work({delivery(kBody)});
  expect_cancelled(summary);
  ASSERT_EQ(stops_.size(), 1u);
  EXPECT_GT(stops_[0], Duration::zero());
  EXPECT_LE(clock_.now() - begin, 2min + 30s - stops_[0]);
}

TEST_F(CancelTest, ATaskThatIsCancelledCommitsNoCheckpointAnyMore) {
  settings_.checkpoint_every = 20s;
  takes<Save>(1min);
  task_ = [this](const TaskSpec& spec) { write_state(spec, "1"); };
  in(50s, [this] { cancel(); });
  const SessionSummary summary = work({delivery(kBody)});
  expect_cancelled(summary);
  EXPECT_EQ(newest()->generation.value, 0u);
}

TEST_F(CancelTest, ACommitThatMeetsTheCancellationEndsTheTaskAsWell) {
  settings_.checkpoint_every = 20s;
  settings_.watch_every = 1h;
  task_ = [this](const TaskSpec& spec) { write_state(spec, "1"); };
  in(10s, [this] { cancel(); });
  expect_cancelled(work({delivery(kBody)}));
}

TEST_F(CancelTest, ARestoreIsGivenUpAndNoTaskStarts) {
  Elsewhere before(*this, "a", "m9");
  before.append([](const Record& r) {
    return checkpointed(r, {{1}, {1}, std::string(64, 'a'), 1}, {}, 2);
  });
  before.hands_back();
  takes<Restore>(10h);
  in(1min, [this] { cancel(); });
  const TimePoint begin = clock_.now();
  const SessionSummary summary = work({delivery(kBody)});
  expect_cancelled(summary);
  EXPECT_EQ(tasks_started_, 0u);
  EXPECT_LT(clock_.now() - begin, 1min + 30s);
}

TEST_F(CancelTest, AResultThatIsBeingStoredIsNotPublished) {
  task_ = [this](const TaskSpec& spec) {
    write_result(spec);
    in_exit_with(10s, 0);
  };
  takes<StoreOutputs>(10h);
  in(1min, [this] { cancel(); });
  const TimePoint begin = clock_.now();
  const SessionSummary summary = work({delivery(kBody)});
  expect_cancelled(summary);
  EXPECT_LT(clock_.now() - begin, 1min + 30s);
}

TEST_F(CancelTest, AResultWhoseCompletionMeetsTheCancellationIsNotPublished) {
  task_ = [this](const TaskSpec& spec) {
    write_result(spec);
    in_exit_with(10s, 0);
    in(10s - 1ms, [this] { cancel(); });
  };
  expect_cancelled(work({delivery(kBody)}));
}

TEST_F(CancelTest, ALastCheckpointIsNotCommittedAndTheJobIsNotHandedBack) {
  settings_.checkpoint_every = Duration::zero();
  takes<Save>(4min);
  task_ = [this](const TaskSpec& spec) {
    write_state(spec, "1");
    in_exit_with(10s, 85);
  };
  in(1min, [this] { cancel(); });
  const SessionSummary summary = work({delivery(kBody)});
  expect_cancelled(summary);
  EXPECT_EQ(newest()->generation.value, 0u);
}

TEST_F(CancelTest, AJobThatFailsAsItIsCancelledStaysCancelled) {
  task_ = [this](const TaskSpec&) {
    in_exit_with(10s, 3);
    in(10s - 1ms, [this] { cancel(); });
  };
  expect_cancelled(work({delivery(kBody)}));
}

TEST_F(CancelTest, AJobThatWaitsIsSettledWhenItsTurnComes) {
  Elsewhere before(*this, "a", "m9");
  before.hands_back();
  cancel();
  const SessionSummary summary = work({delivery(kBody)});
  expect_cancelled(summary);
  EXPECT_EQ(tasks_started_, 0u);
}

TEST_F(CancelTest, AJobThatNobodyKnowsYetIsSettledWhenItComes) {
  cancel();
  const SessionSummary summary = work({delivery(kBody)});
  expect_cancelled(summary);
  EXPECT_EQ(tasks_started_, 0u);
  EXPECT_EQ(newest()->number, 1u);
}

TEST_F(CancelTest, AParkedJobIsSettledThoughTheSlotIsBusy) {
  Elsewhere owner(*this, "a", "m9");
  owner.lives_for(2min);
  in(2min, [this] { cancel(); });
  in(3min, [this] {
    EXPECT_EQ(settled_,
              (std::vector<std::pair<std::uint64_t, Settlement>>{{1, Settlement::complete}}));
  });
  task_ = [this](const TaskSpec&) { in_exit_with(10min, 0); };
  drain_when_empty_ = false;
  in(1h, [this] { post(DrainRequested{}); });
  work({delivery(kBody), delivery(R"({"job_id":"b","steps":3})", 2)});
  EXPECT_EQ(newest("b")->state, JobState::completed);
}

TEST_F(CancelTest, ARedrivenJobGoesOnFromItsCheckpointAsAFirstTry) {
  settings_.checkpoint_every = 5s;
  settings_.retry.failures_max = 1;
  task_ = [this](const TaskSpec& spec) {
    write_state(spec, "1");
    in_exit_with(20s, 3);
  };
  work({delivery(kBody)});
  ASSERT_EQ(newest()->state, JobState::dead);
  JobLog log(memory_, clock_, *JobId::parse("a"));
  log.read(kFar);
  ASSERT_EQ(log.append_as_claimant([](const auto& r) { return redriven(*r, "anna", "now"); }, kFar),
            AppendOutcome::appended);
  bool resumed = false;
  task_ = [&, this](const TaskSpec& spec) {
    resumed = spec.environment.at("HOLDFAST_RESUMED") == "1";
    in_exit_with(20s, 0);
  };
  work({delivery(kBody, 2)});
  EXPECT_TRUE(resumed);
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_EQ(newest()->attempt.value, 2u);
}

}  // namespace
}  // namespace holdfast
