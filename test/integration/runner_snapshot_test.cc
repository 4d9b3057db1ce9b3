// A snapshot is what a crash at one instant would have left on disk, and the task goes on.
#include <signal.h>

#include <condition_variable>
#include <fstream>
#include <mutex>

#include "base/file.h"
#include "holdfast/error.h"
#include "runner_fixture.h"
#include "support/copy_directory.h"

namespace holdfast {
namespace {

constexpr std::uint64_t kFileBytesMax = 1024;

class RunnerSnapshotTest : public RunnerFixture {
 protected:
  // A large file between the two counters makes a copy take its time.
  void put_ballast() const {
    std::ofstream out(directory() / "m", std::ios::binary);
    const std::string block(1024 * 1024, 'm');
    for (int i = 0; i < 32; ++i) out << block;
  }

  void start_counting(const std::string& where) {
    put_ballast();
    start({kTestTask, "count", where});
    while (counter(directory() / "z") < 100 && clock_.now() < begin_ + kEnough) ::sched_yield();
  }

  static std::uint64_t counter(const std::filesystem::path& file) {
    const std::string bytes = read_file(file, kFileBytesMax).value_or("");
    std::uint64_t value = 0;
    if (bytes.size() == sizeof value) bytes.copy(reinterpret_cast<char*>(&value), sizeof value);
    return value;
  }

  // Whether both files of `snapshot` are of one instant: the second is written after the first.
  static bool of_one_instant(const std::filesystem::path& snapshot) {
    const std::uint64_t first = counter(snapshot / "a");
    const std::uint64_t second = counter(snapshot / "z");
    return first == second || first == second + 1;
  }

  void expect_good_snapshots(SnapshotMode mode) {
    std::uint64_t last = 0;
    for (int i = 0; i < kSnapshots; ++i) {
      const std::filesystem::path to = root_ / ("snapshot-" + std::to_string(i));
      runner_->snapshot(mode, to);
      EXPECT_LT(expect<SnapshotCopied>().held, kEnough);
      EXPECT_EQ(expect<SnapshotTaken>().directory, to);
      ASSERT_TRUE(of_one_instant(to)) << counter(to / "a") << " and " << counter(to / "z");
      EXPECT_GT(counter(to / "a"), last) << "the task did not go on";
      last = counter(to / "a");
      remove_directory(to);
      // Go on when the task does.
      while (counter(directory() / "z") <= last + 1 && clock_.now() < begin_ + kEnough) {
        ::sched_yield();
      }
    }
  }

  static constexpr int kSnapshots = 20;
  const TimePoint begin_ = clock_.now();
};

TEST_F(RunnerSnapshotTest, AFrozenTaskIsCopiedAsOfOneInstant) {
  start_counting("main");
  expect_good_snapshots(SnapshotMode::freeze);
}

TEST_F(RunnerSnapshotTest, OtherThreadsOfTheTaskAreFrozenToo) {
  start_counting("thread");
  expect_good_snapshots(SnapshotMode::freeze);
}

TEST_F(RunnerSnapshotTest, AProcessThatLeftTheGroupIsFrozenToo) {
  start_counting("session");
  expect_good_snapshots(SnapshotMode::freeze);
}

// A process between vfork and exec keeps its parent in the kernel, where it cannot stop.
TEST_F(RunnerSnapshotTest, AShellThatStartsOneProgramAfterTheOtherIsFrozenEachTime) {
  start({"/bin/sh", "-c", "while :; do /bin/true; done"});
  for (int i = 0; i < 5 * kSnapshots; ++i) {
    const std::filesystem::path to = root_ / ("snapshot-" + std::to_string(i));
    runner_->snapshot(SnapshotMode::freeze, to);
    EXPECT_EQ(expect<SnapshotTaken>().directory, to);
  }
}

// A copy of a task that may run on would be torn without a word.
TEST_F(RunnerSnapshotTest, WhereTheKernelListsNoChildrenNothingIsFrozen) {
  std::filesystem::create_directories(root_ / "proc" / "self" / "task" / "1");
  make_runner(root_ / "proc");
  start({"/bin/sh", "-c", "sleep 1000"});
  runner_->snapshot(SnapshotMode::freeze, root_ / "snapshot");
  EXPECT_NE(expect<SnapshotFailed>().reason.find("CONFIG_PROC_CHILDREN"), std::string::npos);
  runner_->stop(Duration::zero());
  EXPECT_EQ(expect<TaskExited>().signal, SIGKILL);
}

// What the tests above rest on: without the freeze, copies do mix instants.
TEST_F(RunnerSnapshotTest, ACopyOfARunningTaskMixesInstants) {
  start_counting("main");
  int mixed = 0;
  for (int i = 0; i < kSnapshots; ++i) {
    const std::filesystem::path to = root_ / "snapshot";
    try {
      copy_directory(directory(), to);
      if (!of_one_instant(to)) ++mixed;
    } catch (const Error&) {
      ++mixed;  // A file that changes while it is copied is noticed.
    }
    remove_directory(to);
  }
  EXPECT_GT(mixed, kSnapshots / 2);
}

TEST_F(RunnerSnapshotTest, ATaskThatAsksAndDoesNotWaitIsFrozen) {
  put_ballast();
  start({kTestTask, "count-after-asking"});
  expect<TaskCheckpoint>();
  while (counter(directory() / "z") < 100 && clock_.now() < begin_ + kEnough) ::sched_yield();
  expect_good_snapshots(SnapshotMode::task_waits);
}

TEST_F(RunnerSnapshotTest, ATaskThatAsksIsAnsweredWhenTheSnapshotIsTaken) {
  bool answered_early = false;
  copy_ = [&](const auto& from, const auto& to, const auto& stop, const auto& standstill) {
    standstill.begin();
    // If the answer could come before the copy, it would by now.
    const TimePoint until = clock_.now() + std::chrono::milliseconds(100);
    while (clock_.now() < until) answered_early |= text_of(from / "state") == "answered";
    return copy_directory(from, to, stop);
  };
  start({kTestTask, "ask", "1"});
  expect<TaskCheckpoint>();
  EXPECT_EQ(text_of(directory() / "state"), "asked");
  runner_->snapshot(SnapshotMode::task_waits, root_ / "snapshot");
  EXPECT_GE(expect<SnapshotCopied>().held, std::chrono::milliseconds(100));
  expect<SnapshotTaken>();
  EXPECT_FALSE(answered_early);
  EXPECT_EQ(text_of(root_ / "snapshot" / "state"), "asked");
  EXPECT_EQ(expect<TaskSaid>().status, "answered");
  EXPECT_EQ(lines_.next(clock_.now() + kEnough), "answer: OK");
}

TEST_F(RunnerSnapshotTest, AskingTwiceIsOneSnapshotAndTwoAnswers) {
  start({kTestTask, "ask", "2"});
  expect<TaskCheckpoint>();
  EXPECT_EQ(text_of(directory() / "state"), "asked");
  // The second message follows the first at once, but may come after the snapshot began; then it
  // is announced by itself.
  runner_->snapshot(SnapshotMode::task_waits, root_ / "snapshot");
  int snapshots = 0;
  for (bool answered = false; !answered;) {
    const std::optional<TaskEvent> event = events_.next(clock_.now() + kEnough);
    ASSERT_TRUE(event);
    if (std::holds_alternative<SnapshotTaken>(*event)) ++snapshots;
    if (std::holds_alternative<TaskCheckpoint>(*event)) {
      runner_->snapshot(SnapshotMode::task_waits, root_ / "second");
    }
    answered = std::holds_alternative<TaskSaid>(*event);
  }
  EXPECT_LE(snapshots, 2);
  EXPECT_EQ(lines_.next(clock_.now() + kEnough), "answer: OK");
  EXPECT_EQ(lines_.next(clock_.now() + kEnough), "OK");
}

TEST_F(RunnerSnapshotTest, AFrozenSnapshotServesThoseWhoWait) {
  start({kTestTask, "ask", "1"});
  expect<TaskCheckpoint>();
  runner_->snapshot(SnapshotMode::freeze, root_ / "snapshot");
  expect<SnapshotTaken>();
  EXPECT_EQ(expect<TaskSaid>().status, "answered");
}

TEST_F(RunnerSnapshotTest, ACopyThatFailsIsToldToBothAndTheTaskGoesOn) {
  copy_ = [](const auto&...) -> std::vector<std::filesystem::path> {
    throw Error(ErrorKind::rejected, "the disk is full");
  };
  start({kTestTask, "ask", "1"});
  expect<TaskCheckpoint>();
  runner_->snapshot(SnapshotMode::task_waits, root_ / "snapshot");
  EXPECT_EQ(expect<SnapshotFailed>().reason, "the disk is full");
  EXPECT_EQ(expect<TaskSaid>().status, "answered");
  EXPECT_EQ(lines_.next(clock_.now() + kEnough), "answer: ERROR the disk is full");
}

TEST_F(RunnerSnapshotTest, AFrozenTaskGoesOnWhenTheCopyFails) {
  copy_ = [](const auto&...) -> std::vector<std::filesystem::path> {
    throw Error(ErrorKind::rejected, "the disk is full");
  };
  start_counting("main");
  runner_->snapshot(SnapshotMode::freeze, root_ / "snapshot");
  EXPECT_EQ(expect<SnapshotFailed>().reason, "the disk is full");
  const std::uint64_t then = counter(directory() / "a");
  while (counter(directory() / "a") <= then) {
    ASSERT_LT(clock_.now(), begin_ + kEnough);
  }
}

TEST_F(RunnerSnapshotTest, ATaskGoesOnWhileItsDirectoryIsLookedAt) {
  std::uint64_t looked_at = 0;
  copy_ = [&](const auto& from, const auto& to, const auto& stop, const auto& standstill) {
    looked_at = counter(from / "a");
    while (counter(from / "a") <= looked_at && clock_.now() < begin_ + kEnough) ::sched_yield();
    standstill.begin();
    const std::uint64_t still = counter(from / "a");
    EXPECT_GT(still, looked_at);
    auto left_out = copy_directory(from, to, stop);
    EXPECT_EQ(counter(from / "a"), still);
    standstill.end();
    return left_out;
  };
  start_counting("main");
  const TimePoint begin = clock_.now();
  runner_->snapshot(SnapshotMode::freeze, root_ / "snapshot");
  const Duration held = expect<SnapshotCopied>().held;
  EXPECT_LT(held, clock_.now() - begin);
  expect<SnapshotTaken>();
  EXPECT_GT(counter(root_ / "snapshot" / "a"), looked_at);
}

TEST_F(RunnerSnapshotTest, ATaskThatEndsWhileItsDirectoryIsLookedAtEndsItsSnapshot) {
  copy_ = [&](const auto& from, const auto& to, const auto& stop, const auto& standstill) {
    runner_->stop(Duration::zero());
    while (!stop.stop_requested() && clock_.now() < begin_ + kEnough) ::sched_yield();
    standstill.begin();
    ADD_FAILURE() << "nothing stands still any more";
    return copy_directory(from, to, stop);
  };
  start({"/bin/sleep", "1000"});
  runner_->snapshot(SnapshotMode::freeze, root_ / "snapshot");
  EXPECT_EQ(expect<SnapshotFailed>().reason, "the task is being stopped");
  EXPECT_EQ(expect<TaskExited>().signal, SIGKILL);
}

TEST_F(RunnerSnapshotTest, ATaskGoesOnAsSoonAsTheCopyNeedsItsDirectoryNoMore) {
  std::uint64_t at_free = 0;
  copy_ = [&](const auto& from, const auto& to, const auto& stop, const auto& standstill) {
    standstill.begin();
    auto left_out = copy_directory(from, to, stop);
    at_free = counter(from / "a");
    standstill.end();
    while (counter(from / "a") <= at_free && clock_.now() < begin_ + kEnough) ::sched_yield();
    EXPECT_GT(counter(from / "a"), at_free);
    return left_out;
  };
  start_counting("main");
  runner_->snapshot(SnapshotMode::freeze, root_ / "snapshot");
  expect<SnapshotTaken>();
  EXPECT_EQ(counter(root_ / "snapshot" / "a"), at_free);
}

TEST_F(RunnerSnapshotTest, ATaskThatDiesWhileItsSnapshotIsCompletedLosesNothingOfIt) {
  HeldFifo fifo(root_ / "fifo");
  Mailbox<bool> asked_to_stop;
  copy_ = [&](const auto& from, const auto& to, const auto& stop, const auto& standstill) {
    standstill.begin();
    auto left_out = copy_directory(from, to, stop);
    const std::stop_callback on_stop(stop, [&] { asked_to_stop.post(true); });
    standstill.end();
    runner_->stop(Duration::zero());
    EXPECT_TRUE(fifo.time_until_free(clock_, kEnough));
    // If it were given up, it would be by now.
    if (asked_to_stop.next(clock_.now() + std::chrono::milliseconds(200))) {
      throw Error(ErrorKind::unavailable, "given up");
    }
    return left_out;
  };
  start({"/bin/sh", "-c", "exec 3>" + fifo.path() + "; echo here >&3; sleep 1000"});
  ASSERT_TRUE(fifo.held_by(1));
  runner_->snapshot(SnapshotMode::freeze, root_ / "snapshot");
  expect<SnapshotTaken>();
  EXPECT_EQ(expect<TaskExited>().signal, SIGKILL);
}

TEST_F(RunnerSnapshotTest, ATargetThatExistsIsLeftAlone) {
  std::filesystem::create_directory(root_ / "snapshot");
  start({"/bin/sleep", "1000"});
  runner_->snapshot(SnapshotMode::freeze, root_ / "snapshot");
  EXPECT_NE(expect<SnapshotFailed>().reason.find("snapshot"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(root_ / "snapshot"));
}

// A copy that takes for ever, unless it is given up: before the task stands still, or while it
// does.
class RunnerSlowCopyTest : public RunnerSnapshotTest, public testing::WithParamInterface<bool> {
 protected:
  RunnerSlowCopyTest() {
    copy_ = [this](const auto&, const auto&, const std::stop_token& stop,
                   const Standstill& standstill) -> std::vector<std::filesystem::path> {
      if (GetParam()) standstill.begin();
      std::unique_lock lock(mutex_);
      begun_.post(true);
      never_.wait(lock, stop, [] { return false; });
      throw Error(ErrorKind::unavailable, "given up");
    };
  }

  std::mutex mutex_;
  std::condition_variable_any never_;
  Mailbox<bool> begun_;
};

TEST_P(RunnerSlowCopyTest, AStopGivesUpASnapshotSoThatTheTaskHearsIt) {
  start({"/bin/sh", "-c", "trap 'exit 85' TERM; echo ready; while :; do sleep 0.01; done"});
  ASSERT_EQ(lines_.next(clock_.now() + kEnough), "ready");
  runner_->snapshot(SnapshotMode::freeze, root_ / "snapshot");
  ASSERT_TRUE(begun_.next(clock_.now() + kEnough));
  runner_->stop(kEnough);
  EXPECT_EQ(expect<SnapshotFailed>().reason, "the task is being stopped");
  EXPECT_EQ(expect<TaskExited>().code, 85);
}

TEST_P(RunnerSlowCopyTest, AKilledTaskDoesNotWaitForACopy) {
  start({kTestTask, "ask", "1"});
  expect<TaskCheckpoint>();
  runner_->snapshot(SnapshotMode::task_waits, root_ / "snapshot");
  ASSERT_TRUE(begun_.next(clock_.now() + kEnough));
  runner_->stop(Duration::zero());
  expect<SnapshotFailed>();
  EXPECT_EQ(expect<TaskExited>().signal, SIGKILL);
}

INSTANTIATE_TEST_SUITE_P(LookingAndFrozen, RunnerSlowCopyTest, testing::Bool());

TEST_F(RunnerSnapshotTest, NoFreezeWhileTheTaskIsBeingStopped) {
  start({"/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.01; done"});
  ASSERT_EQ(lines_.next(clock_.now() + kEnough), "ready");
  runner_->stop(std::chrono::hours(1));
  runner_->snapshot(SnapshotMode::freeze, root_ / "snapshot");
  EXPECT_EQ(expect<SnapshotFailed>().reason, "the task is being stopped");
}

TEST_F(RunnerSnapshotTest, ATaskThatIsBeingStoppedCanStillAsk) {
  start({"/bin/sh", "-c",
         "trap 'exec " + kTestTask +
             " ask 1' TERM; echo ready; "
             "while :; do sleep 0.01; done"});
  ASSERT_EQ(lines_.next(clock_.now() + kEnough), "ready");
  runner_->stop(std::chrono::hours(1));
  expect<TaskCheckpoint>();
  runner_->snapshot(SnapshotMode::task_waits, root_ / "snapshot");
  expect<SnapshotTaken>();
  EXPECT_EQ(expect<TaskSaid>().status, "answered");
}

TEST_F(RunnerSnapshotTest, TenThousandReportsAreFewEventsAndTheLastIsNotLost) {
  start({kTestTask, "chatter", "10000"});
  TaskSaid last;
  int count = 0;
  for (;;) {
    const std::optional<TaskEvent> event = events_.next(clock_.now() + kEnough);
    ASSERT_TRUE(event);
    if (std::holds_alternative<TaskExited>(*event)) break;
    last = std::get<TaskSaid>(*event);
    ++count;
  }
  const auto intervals = (clock_.now() - begin_) / TaskVoice::kSaidInterval;
  EXPECT_LE(count, intervals + 2);
  EXPECT_EQ(last.progress, 1.0);
  EXPECT_EQ(last.step, 10000u);
}

TEST_F(RunnerSnapshotTest, ASocketPathThatIsTooLongIsReplaced) {
  TaskSpec wanted = spec({kTestTask, "chatter", "1"});
  wanted.socket = root_ / std::string(150, 's');
  runner_->start(wanted);
  EXPECT_EQ(expect<TaskSaid>().progress, 1.0);
  expect<TaskExited>();
}

TEST_F(RunnerSnapshotTest, ASocketThatADeadWorkerLeftIsReplaced) {
  std::ofstream(root_ / "socket") << "stale";
  start({kTestTask, "chatter", "1"});
  EXPECT_EQ(expect<TaskSaid>().progress, 1.0);
  expect<TaskExited>();
  EXPECT_FALSE(std::filesystem::exists(root_ / "socket"));
}

class RunnerHoldTest : public RunnerSnapshotTest {
 protected:
  // Returns when the task stands still for sure: a snapshot is taken of what does.
  void hold_and_wait() {
    runner_->hold();
    const std::filesystem::path to = root_ / "while-held";
    runner_->snapshot(SnapshotMode::freeze, to);
    ASSERT_EQ(expect<SnapshotTaken>().directory, to);
    remove_directory(to);
  }
  bool counts_on(Duration within) const {
    const std::uint64_t before = counter(directory() / "z");
    const TimePoint until = clock_.now() + within;
    while (counter(directory() / "z") == before && clock_.now() < until) ::sched_yield();
    return counter(directory() / "z") != before;
  }
  static constexpr Duration kLookFor = std::chrono::milliseconds(200);
};

TEST_F(RunnerHoldTest, AHeldTaskStandsStillUntilItIsResumed) {
  for (const char* where : {"main", "session"}) {
    start_counting(where);
    hold_and_wait();
    EXPECT_FALSE(counts_on(kLookFor)) << where << ": the snapshot let it go on";
    runner_->resume();
    EXPECT_TRUE(counts_on(kEnough)) << where;
    runner_->stop(Duration::zero());
    expect<TaskExited>();
  }
}

TEST_F(RunnerHoldTest, AHeldTaskHearsAStop) {
  start({"/bin/sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do /bin/sleep 0.01; done"});
  EXPECT_EQ(expect<TaskWrote>().last_line, "ready");
  hold_and_wait();
  runner_->stop(kEnough);
  EXPECT_EQ(expect<TaskExited>().code, 7);
}

TEST_F(RunnerHoldTest, HoldingAndResumingBetweenSnapshotsMixesNoInstants) {
  start_counting("thread");
  for (int i = 0; i < kSnapshots; ++i) {
    const std::filesystem::path to = root_ / ("snapshot-" + std::to_string(i));
    runner_->hold();
    runner_->resume();
    runner_->snapshot(SnapshotMode::freeze, to);
    const auto event = events_.next(clock_.now() + kEnough);
    ASSERT_TRUE(event.has_value());
    // One order after the other disturbs the guard now and then: then there is no snapshot.
    if (std::holds_alternative<SnapshotFailed>(*event)) continue;
    ASSERT_TRUE(std::holds_alternative<SnapshotCopied>(*event));
    expect<SnapshotTaken>();
    ASSERT_TRUE(of_one_instant(to)) << counter(to / "a") << " and " << counter(to / "z");
    remove_directory(to);
  }
  EXPECT_TRUE(counts_on(kEnough));
}

}  // namespace
}  // namespace holdfast
