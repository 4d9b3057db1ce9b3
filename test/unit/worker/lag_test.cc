// How far what is durable lags behind what the task has done: shown, and on request bounded.
#include "base/wall_time.h"
#include "one_worker.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

class LagTest : public OneWorker {
 protected:
  LagTest() {
    store_.before_read = store_.before_write = [this](const std::string& key) {
      if (away_) throw Error(ErrorKind::unavailable, "planned: no way to " + key);
    };
  }
  void runs_for(Duration time) {
    task_ = [this, time](const TaskSpec& spec) {
      replace_file(spec.checkpoint_directory / "state", "1");
      in_exit_with(time, 0);
    };
  }
  void saving_takes(Duration time) {
    transfer_takes_ = [time](const TransferCommand& command) {
      return std::holds_alternative<Save>(command.what) ? time : Duration::zero();
    };
  }

  bool away_ = false;  // The store.
};

// A snapshot every minute, each of which takes ten to store.
TEST_F(LagTest, ATaskIsHeldBackWhileTheLineIsTooSlowAndGoesOnWithTheCommit) {
  settings_.lag_max = 5min;
  saving_takes(10min);
  runs_for(30min);
  const TimePoint begin = clock_.now();
  work({delivery(kBody)});
  ASSERT_GE(holds_.size(), 1u);
  EXPECT_EQ(holds_[0] - begin, 5min);
  ASSERT_GE(resumes_.size(), 1u);
  EXPECT_EQ(resumes_[0] - begin, 11min);  // The first snapshot, after one minute, is committed.
  EXPECT_GE(board_.held_back_count.get(), 1u);
  EXPECT_FALSE(board_.held_back.get());
  EXPECT_EQ(newest()->state, JobState::completed);
}

TEST_F(LagTest, WithoutABoundNobodyIsHeldBack) {
  saving_takes(10min);
  runs_for(30min);
  work({delivery(kBody)});
  EXPECT_TRUE(holds_.empty());
}

// G6: an outage alone costs nothing, also with a bound.
TEST_F(LagTest, AnOutageOfTheStoreHoldsNobodyBack) {
  settings_.lag_max = 5min;
  runs_for(30min);
  in(90s, [this] { away_ = true; });
  in(20min, [this] { away_ = false; });
  work({delivery(kBody)});
  EXPECT_TRUE(holds_.empty());
  EXPECT_EQ(newest()->state, JobState::completed);
}

TEST_F(LagTest, ATaskThatIsHeldIsLetGoWhenTheStoreGoesAwayToo) {
  settings_.lag_max = 5min;
  saving_takes(60min);
  runs_for(30min);
  const TimePoint begin = clock_.now();
  in(10min, [this] { away_ = true; });
  in(25min, [this] { away_ = false; });
  work({delivery(kBody)});
  ASSERT_GE(resumes_.size(), 1u);
  EXPECT_GE(resumes_[0] - begin, 10min);
  EXPECT_LE(resumes_[0] - begin, 11min);
}

// The checkpoint is stored, its record is not.
TEST_F(LagTest, ATaskThatIsHeldIsLetGoWhenTheStoreGoesAwayAtTheCommit) {
  settings_.lag_max = 5min;
  saving_takes(10min);
  runs_for(30min);
  const TimePoint begin = clock_.now();
  store_.before_write = [this, begin](const std::string& key) {
    const Duration since = clock_.now() - begin;
    if (key.find("/log/") != std::string::npos && since > 10min && since < 25min) {
      throw Error(ErrorKind::unavailable, "not now");
    }
  };
  work({delivery(kBody)});
  ASSERT_GE(resumes_.size(), 1u);
  EXPECT_GE(resumes_[0] - begin, 11min);
  EXPECT_LE(resumes_[0] - begin, 12min);
}

TEST_F(LagTest, ATaskThatIsHeldBackIsNotTakenForAStalledOne) {
  settings_.lag_max = 5min;
  settings_.stall_after = 8min;
  saving_takes(10min);
  task_ = [this](const TaskSpec& spec) {
    replace_file(spec.checkpoint_directory / "state", "1");
    for (const Duration time : {4min, 11min, 16min}) {
      in(time, [this] { post(TaskEvent(TaskWrote{})); });
    }
    in_exit_with(17min, 0);
  };
  work({delivery(kBody)});
  EXPECT_FALSE(holds_.empty());
  EXPECT_EQ(newest()->state, JobState::completed);
}

TEST_F(LagTest, ADrainEndsATaskThatIsHeldBack) {
  settings_.lag_max = 5min;
  settings_.last_save = 1min;
  saving_takes(10min);
  runs_for(10h);
  in(7min, [this] { post(DrainRequested{}); });
  const TimePoint begin = clock_.now();
  work({delivery(kBody)});
  EXPECT_LE(clock_.now() - begin, 10min);
  EXPECT_EQ(newest()->state, JobState::waiting);
}

TEST_F(LagTest, ARecordSaysWhichInstantIsDurableAndHowLongTheAttemptHadRun) {
  saving_takes(10min);
  runs_for(12min);
  std::string as_of;
  std::uint64_t ran = 0;
  in(11min + 30s, [&] {
    as_of = newest()->progress.as_of;
    ran = newest()->progress.ran_seconds;
  });
  const std::string first_snapshot = to_text(clock_.wall() + 1min);
  work({delivery(kBody)});
  EXPECT_EQ(as_of, first_snapshot);
  EXPECT_EQ(ran, 60u);
  EXPECT_EQ(newest()->endings.back().ran_seconds, 12u * 60);
}

// It goes on while its snapshot is completed, and what it says then is not in it.
TEST_F(LagTest, ARecordSaysWhatTheTaskHadSaidWhenItWasLetGo) {
  completing_takes_ = 30s;
  runs_for(3min);
  in(50s, [this] { post(TaskEvent(TaskSaid{0.25, {}, {}, {}})); });
  in(70s, [this] { post(TaskEvent(TaskSaid{0.5, {}, {}, {}})); });
  std::optional<double> fraction;
  std::uint64_t ran = 0;
  in(100s, [&] {
    fraction = newest()->progress.fraction;
    ran = newest()->progress.ran_seconds;
  });
  work({delivery(kBody)});
  EXPECT_EQ(fraction, 0.25);
  EXPECT_EQ(ran, 60u);
}

// Of those that wait for the line each would be old when its turn comes.
TEST_F(LagTest, TheNextSnapshotIsTakenWhenTheOneBeforeIsStored) {
  saving_takes(90s);
  runs_for(5min);
  const TimePoint begin = clock_.now();
  std::vector<Duration> durable;
  for (const Duration at : {151s, 241s}) {
    in(at, [&] { durable.push_back(board_.durable_until.get() - begin); });
  }
  work({delivery(kBody)});
  EXPECT_EQ(durable, (std::vector<Duration>{60s, 150s}));
  EXPECT_EQ(snapshots_wanted_, 3);
}

TEST_F(LagTest, WhileTheStoreIsAwayTheNewestSnapshotWaits) {
  runs_for(30min);
  const TimePoint begin = clock_.now();
  in(90s, [this] { away_ = true; });
  in(20min + 30s, [this] { away_ = false; });
  Duration durable{0};
  in(20min + 50s, [&] { durable = board_.durable_until.get() - begin; });
  work({delivery(kBody)});
  EXPECT_EQ(durable, 20min);
}

TEST_F(LagTest, TheBoardShowsTheInstantThatIsDurable) {
  saving_takes(10min);
  runs_for(12min);
  const TimePoint begin = clock_.now();
  TimePoint before;
  TimePoint after;
  in(5min, [&] { before = board_.durable_until.get(); });
  in(11min + 30s, [&] { after = board_.durable_until.get(); });
  work({delivery(kBody)});
  EXPECT_EQ(before - begin, 0s);
  EXPECT_EQ(after - begin, 1min);
  EXPECT_EQ(board_.durable_until.get(), TimePoint::max());
  EXPECT_EQ(board_.jobs_completed.get(), 1u);
  EXPECT_GE(board_.checkpoints_committed.get(), 1u);
}

}  // namespace
}  // namespace holdfast
