// No process of a task outlives the task, nor the worker, wherever it hides.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <set>

#include "adapters/local/orphans.h"
#include "adapters/local/process_tree.h"
#include "runner_fixture.h"

namespace holdfast {
namespace {

// The kill itself takes a few milliseconds; the machine may be busy.
constexpr Duration kAtOnce = std::chrono::seconds(2);

// A task of three: itself, a child in its group that ignores signals, and a daemon that left group,
// session and parent behind.
class RunnerTreeTest : public RunnerFixture {
 protected:
  std::vector<std::string> tree(const std::string& then) const {
    return {kTestTask, "tree", fifo_.path(), then};
  }

  // Another process with a runner whose task holds the fifo; returns its process number.
  pid_t start_worker(const std::string& socket) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return -1;
    const std::string checkpoint = directory().string();
    const pid_t worker = ::fork();
    if (worker == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::execl(kTestWorker.c_str(), "test_worker", checkpoint.c_str(), socket.c_str(),
              kTestTask.c_str(), "tree", fifo_.path().c_str(), "stay", nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    std::string said(7, '\0');
    EXPECT_EQ(::read(ends[0], said.data(), said.size()), 7);
    EXPECT_EQ(said, "started");
    ::close(ends[0]);
    return worker;
  }

  static std::set<pid_t> children() {
    const auto found = std::make_unique<ProcessList>();
    EXPECT_TRUE(add_children("/proc", 0, *found));
    return {found->begin(), found->end()};
  }

  HeldFifo fifo_{root_ / "fifo"};
};

TEST_F(RunnerTreeTest, WhatATaskLeavesBehindIsGoneWhenItsEndIsTold) {
  start(tree("leave"));
  EXPECT_EQ(expect<TaskExited>().code, 0);
  EXPECT_TRUE(fifo_.time_until_free(clock_, Duration::zero()));
}

TEST_F(RunnerTreeTest, AChildThatKeepsTheOutputOpenDoesNotHoldUpTheEnd) {
  start({"/bin/sh", "-c", "sleep 1000 & echo done"});
  const TaskExited exited = expect<TaskExited>();
  EXPECT_EQ(exited.code, 0);
  EXPECT_EQ(exited.output_tail, "done\n");
}

TEST_F(RunnerTreeTest, AStopReachesADaemonThatLeft) {
  start(tree("stay"));
  ASSERT_TRUE(fifo_.held_by(3));
  runner_->stop(Duration::zero());
  EXPECT_EQ(expect<TaskExited>().signal, SIGKILL);
  EXPECT_TRUE(fifo_.time_until_free(clock_, Duration::zero()));
}

TEST_F(RunnerTreeTest, ChildrenAreFoundWhereTheKernelDoesNotListThem) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  const auto found = std::make_unique<ProcessList>();
  add_own_children_by_scan("/proc", *found);
  EXPECT_NE(std::find(found->begin(), found->end(), child), found->end());
  EXPECT_EQ(std::find(found->begin(), found->end(), ::getpid()), found->end());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST_F(RunnerTreeTest, WithoutProcATaskRunsAndItsGroupIsKilled) {
  make_runner("/nowhere");
  start({"/bin/sh", "-c", "sleep 1000 & exec 3>" + fifo_.path() + "; echo main >&3; sleep 1000"});
  ASSERT_TRUE(fifo_.held_by(1));
  runner_->stop(Duration::zero());
  EXPECT_EQ(expect<TaskExited>().signal, SIGKILL);
  EXPECT_TRUE(fifo_.time_until_free(clock_, kAtOnce));
}

TEST_F(RunnerTreeTest, NothingOutlivesAWorkerThatIsKilled) {
  constexpr int kRounds = 10;
  for (int i = 0; i < kRounds; ++i) {
    const pid_t worker = start_worker((root_ / "socket").string());
    ASSERT_TRUE(fifo_.held_by(3));
    ::kill(worker, SIGKILL);
    const std::optional<Duration> took = fifo_.time_until_free(clock_, kAtOnce);
    ASSERT_TRUE(took) << "a process of the task is left";
    ::waitpid(worker, nullptr, 0);
    fifo_.reopen();
  }
}

TEST_F(RunnerTreeTest, AKilledWorkersSocketFolderIsRemoved) {
  const std::string long_name(120, 's');
  const auto folders = [] {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/tmp")) {
      if (entry.path().filename().string().starts_with("holdfast-")) ++count;
    }
    return count;
  };
  const std::size_t before = folders();
  const pid_t worker = start_worker((root_ / long_name).string());
  ASSERT_TRUE(fifo_.held_by(3));
  EXPECT_EQ(folders(), before + 1);
  ::kill(worker, SIGKILL);
  ::waitpid(worker, nullptr, 0);
  ASSERT_TRUE(fifo_.time_until_free(clock_, kAtOnce));
  // The guard removes it right after; it tells nobody.
  const TimePoint deadline = clock_.now() + kEnough;
  while (folders() > before && clock_.now() < deadline) ::sched_yield();
  EXPECT_EQ(folders(), before);
}

TEST_F(RunnerTreeTest, AGuardThatIsKilledTakesTheWholeTaskAlongAndNobodyElse) {
  ASSERT_TRUE(kill_orphans("/proc"));  // What the workers of earlier tests left to us.
  Mailbox<TaskEvent> others;
  ProcessRunner other(clock_, {[&](TaskEvent event) { others.post(std::move(event)); },
                               {},
                               [](std::string_view) {},
                               copy_});
  TaskSpec second = spec({"/bin/sh", "-c", "sleep 1000"});
  second.socket = root_ / "second";
  other.start(second);
  const std::set<pid_t> before = children();
  start(tree("stay"));
  ASSERT_TRUE(fifo_.held_by(3));
  pid_t guard = 0;
  for (const pid_t child : children()) guard = before.contains(child) ? guard : child;
  ASSERT_GT(guard, 0);
  ::kill(guard, SIGKILL);
  const TaskExited exited = expect<TaskExited>();
  EXPECT_EQ(exited.signal, SIGKILL);
  EXPECT_TRUE(exited.guard_lost);
  EXPECT_NE(exited.note, "");
  EXPECT_TRUE(fifo_.time_until_free(clock_, Duration::zero())) << "told before it was true";
  EXPECT_FALSE(others.take());
  EXPECT_EQ(children(), before);
  other.stop(Duration::zero());
  EXPECT_TRUE(others.next(clock_.now() + kEnough));
}

TEST_F(RunnerTreeTest, AGuardThatIsKilledBeforeItsFirstWordIsMissedAtOnce) {
  constexpr int kTries = 20;  // Sometimes it is faster.
  for (int i = 0; i < kTries; ++i) {
    start({"/bin/sh", "-c", "kill -9 $PPID; exec sleep 1000"});
    const TaskExited exited = expect<TaskExited>();
    EXPECT_EQ(exited.signal, SIGKILL);
    EXPECT_TRUE(exited.guard_lost);
  }
}

TEST_F(RunnerTreeTest, ATaskIsNotHeldUpByOtherRunnersTasks) {
  // Each guard is a fork of a worker that holds the channels of the others.
  start({"/bin/sh", "-c", "sleep 1000"});
  Mailbox<TaskEvent> others;
  ProcessRunner other(clock_, {[&](TaskEvent event) { others.post(std::move(event)); },
                               {},
                               [](std::string_view) {},
                               copy_});
  TaskSpec second = spec({"/bin/sh", "-c", "sleep 1000"});
  second.socket = root_ / "second";
  other.start(second);
  runner_->stop(Duration::zero());
  EXPECT_EQ(expect<TaskExited>().signal, SIGKILL);
  EXPECT_FALSE(others.take());
  other.stop(Duration::zero());
  EXPECT_TRUE(others.next(clock_.now() + kEnough));
}

}  // namespace
}  // namespace holdfast
