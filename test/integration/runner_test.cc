// How a task starts, what it is given, what it writes and how it ends. Real processes throughout.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <fstream>

#include "runner_fixture.h"

namespace holdfast {
namespace {

class RunnerTest : public RunnerFixture {
 protected:
  std::string make_file(const std::string& name, const std::string& text, mode_t mode) {
    const std::filesystem::path file = root_ / name;
    std::ofstream(file) << text;
    ::chmod(file.c_str(), mode);
    return file.string();
  }
};

TEST_F(RunnerTest, AnExitCodeIsTold) {
  start({"/bin/sh", "-c", "exit 65"});
  const TaskExited exited = expect<TaskExited>();
  EXPECT_EQ(exited.code, 65);
  EXPECT_FALSE(exited.signal);
}

TEST_F(RunnerTest, ASignalIsTold) {
  start({"/bin/sh", "-c", "kill -SEGV $$"});
  const TaskExited exited = expect<TaskExited>();
  EXPECT_EQ(exited.signal, SIGSEGV);
  EXPECT_FALSE(exited.code);
}

TEST_F(RunnerTest, OneTaskAfterTheOther) {
  for (int i = 0; i < 10; ++i) {
    start({"/bin/sh", "-c", "exit " + std::to_string(i)});
    EXPECT_EQ(expect<TaskExited>().code, i);
  }
}

TEST_F(RunnerTest, ArgumentsArriveAsTheyAre) {
  start({"/bin/sh", "-c", "printf '[%s]' \"$@\"", "sh", "a b", "", "$HOME", "*"});
  EXPECT_EQ(expect<TaskExited>().output_tail, "[a b][][$HOME][*]");
}

TEST_F(RunnerTest, TheEnvironmentIsTheWorkersWithMore) {
  ::setenv("RUNNER_TEST_OWN", "own", 1);
  ::setenv("RUNNER_TEST_BOTH", "own", 1);
  TaskSpec wanted = spec({"/bin/sh", "-c", "echo $RUNNER_TEST_OWN $RUNNER_TEST_BOTH $MORE; pwd"});
  wanted.environment = {{"RUNNER_TEST_BOTH", "given"}, {"MORE", "more"}};
  runner_->start(wanted);
  EXPECT_EQ(expect<TaskExited>().output_tail, "own given more\n" + directory().string() + "\n");
}

TEST_F(RunnerTest, StandardInputIsEmpty) {
  start({"/bin/cat"});
  EXPECT_EQ(expect<TaskExited>().code, 0);
}

TEST_F(RunnerTest, NothingOfTheWorkersIsInherited) {
  const int leaked = ::open("/dev/null", O_RDONLY);  // Not marked close-on-exec.
  ASSERT_GE(leaked, 0);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  start({kTestTask, "inheritance"});
  EXPECT_EQ(expect<TaskExited>().output_tail, "own group 1\n");
  ::signal(SIGPIPE, SIG_DFL);
  ::pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
  ::close(leaked);
}

TEST_F(RunnerTest, ARelativeProgramIsTakenFromTheWorkersDirectory) {
  make_file("tool", "#!/bin/sh\necho $0\n", 0755);
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(root_);
  make_runner("/proc");
  std::filesystem::current_path(before);
  start({"./tool"});
  EXPECT_EQ(expect<TaskExited>().output_tail, (root_ / "tool").string() + "\n");
}

TEST_F(RunnerTest, ABareNameIsLookedUpInPath) {
  make_file("bare-tool", "#!/bin/sh\nexit 7\n", 0755);
  TaskSpec wanted = spec({"bare-tool"});
  EXPECT_NE(refusal(wanted).find("bare-tool"), std::string::npos);
  wanted.environment["PATH"] = "/nowhere:" + root_.string() + ":/bin";
  EXPECT_EQ(refusal(wanted), "");
  EXPECT_EQ(expect<TaskExited>().code, 7);
}

TEST_F(RunnerTest, AProgramThatCannotBeStartedIsNamedWithTheReason) {
  const auto says = [this](const std::string& program, const std::string& reason) {
    const std::string text = refusal(spec({program}));
    EXPECT_NE(text.find(program), std::string::npos) << text;
    EXPECT_NE(text.find(reason), std::string::npos) << text;
  };
  says(root_.string() + "/absent", "there is no file");
  says(root_.string(), "is a directory");
  says("no-such-program", "no such program in PATH");
  says(make_file("plain", "x", 0644), "is not executable");
  says(make_file("script", "echo hello\n", 0755), "#!/bin/sh");
  says(make_file("lost", "#!/no/such/interpreter\n", 0755), "interpreter");
  says(make_file("foreign", "\177ELF rubbish", 0755), "another kind of machine");
  EXPECT_NE(refusal(spec({})).find("no program is named"), std::string::npos);
}

TEST_F(RunnerTest, AMissingWorkingDirectoryIsNamed) {
  TaskSpec wanted = spec({"/bin/true"});
  wanted.working_directory = root_ / "absent";
  EXPECT_NE(refusal(wanted).find("absent"), std::string::npos);
}

TEST_F(RunnerTest, AFailedStartLeavesTheRunnerUsable) {
  EXPECT_NE(refusal(spec({"/absent"})), "");
  start({"/bin/true"});
  EXPECT_EQ(expect<TaskExited>().code, 0);
}

TEST_F(RunnerTest, LinesArePassedOnWithTheLabelWhileTheTaskRuns) {
  TaskSpec wanted =
      spec({"/bin/sh", "-c",
            "trap 'printf three; exit 0' TERM; echo one; echo two >&2; exec 2>/dev/null; "
            "while :; do sleep 0.01; done"});
  wanted.label = "job-7";
  runner_->start(wanted);
  EXPECT_EQ(lines_.next(clock_.now() + kEnough), "job-7 | one");
  EXPECT_EQ(lines_.next(clock_.now() + kEnough), "job-7 | two");
  runner_->stop(kEnough);
  EXPECT_EQ(expect<TaskExited>().output_tail, "one\ntwo\nthree");
  EXPECT_EQ(lines_.take(), "job-7 | three");
}

TEST_F(RunnerTest, AFloodIsReadToItsEndAndKeptAsATail) {
  keep_lines_ = false;
  start({kTestTask, "flood", "200"});
  const std::string tail = expect<TaskExited>().output_tail;
  EXPECT_LE(tail.size(), OutputTail::kTailBytesMax);
  EXPECT_GT(tail.size(), OutputTail::kTailBytesMax - 2048);
  EXPECT_EQ(tail.substr(0, 1), "x");
  EXPECT_TRUE(tail.ends_with("x\nthe end\n"));
}

TEST_F(RunnerTest, ALineWithoutEndIsPassedOnInPieces) {
  start({"/bin/sh", "-c", "head -c 10000 /dev/zero | tr '\\0' x"});
  EXPECT_EQ(expect<TaskExited>().output_tail.size(), 10000u);
  EXPECT_EQ(lines_.take()->size(), OutputTail::kLineBytesMax);
  EXPECT_EQ(lines_.take()->size(), OutputTail::kLineBytesMax);
  EXPECT_EQ(lines_.take()->size(), 10000 - 2 * OutputTail::kLineBytesMax);
}

TEST_F(RunnerTest, AStopAsksTheWholeGroup) {
  start({"/bin/sh", "-c",
         "sh -c 'trap \"echo child; exit 0\" TERM; echo ready; while :; do sleep 0.01; done' & "
         "trap 'wait; echo parent; exit 85' TERM; wait"});
  ASSERT_EQ(lines_.next(clock_.now() + kEnough), "ready");
  runner_->stop(kEnough);
  const TaskExited exited = expect<TaskExited>();
  EXPECT_EQ(exited.code, 85);
  EXPECT_NE(exited.output_tail.find("child\n"), std::string::npos);
  EXPECT_TRUE(exited.output_tail.ends_with("parent\n"));
}

TEST_F(RunnerTest, WhoIgnoresAStopIsKilledAfterTheGrace) {
  constexpr Duration kGrace = std::chrono::milliseconds(300);
  start({"/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.01; done"});
  ASSERT_EQ(lines_.next(clock_.now() + kEnough), "ready");
  const TimePoint asked = clock_.now();
  runner_->stop(kGrace);
  EXPECT_EQ(expect<TaskExited>().signal, SIGKILL);
  EXPECT_GE(clock_.now() - asked, kGrace);
}

TEST_F(RunnerTest, ASecondStopCanOnlyShortenTheGrace) {
  start({"/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.01; done"});
  ASSERT_EQ(lines_.next(clock_.now() + kEnough), "ready");
  runner_->stop(std::chrono::hours(1));
  runner_->stop(std::chrono::milliseconds(100));
  runner_->stop(std::chrono::hours(1));
  EXPECT_EQ(expect<TaskExited>().signal, SIGKILL);
}

TEST_F(RunnerTest, ATaskThatStoppedItselfHearsTheStop) {
  start({"/bin/sh", "-c", "trap 'exit 85' TERM; echo ready; kill -STOP $$; sleep 1000"});
  ASSERT_EQ(lines_.next(clock_.now() + kEnough), "ready");
  runner_->stop(kEnough);
  EXPECT_EQ(expect<TaskExited>().code, 85);
}

TEST_F(RunnerTest, TheDestructorEndsTheTask) {
  start({"/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.01; done"});
  ASSERT_EQ(lines_.next(clock_.now() + kEnough), "ready");
  runner_.reset();
  EXPECT_EQ(expect<TaskExited>().signal, SIGKILL);
}

TEST_F(RunnerTest, OrdersAfterTheEndAreHarmless) {
  start({"/bin/true"});
  EXPECT_EQ(expect<TaskExited>().code, 0);
  runner_->stop(Duration::zero());
  runner_->snapshot(SnapshotMode::freeze, root_ / "snapshot");
  start({"/bin/true"});
  EXPECT_EQ(expect<TaskExited>().code, 0);
}

}  // namespace
}  // namespace holdfast
