// Programs on holdfast/task.h, and one that knows only its environment: alone, under a runner, and
// killed at any instant.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "base/random.h"
#include "runner_fixture.h"
#include "sdk/checkpoint_folder.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

class SdkTest : public RunnerFixture {
 protected:
  SdkTest() { fs::create_directory(outputs()); }

  fs::path outputs() const { return root_ / "outputs"; }

  TaskSpec contract(std::vector<std::string> arguments) const {
    TaskSpec wanted = spec(std::move(arguments));
    wanted.environment = {{"HOLDFAST_JOB_ID", "job-0"},
                          {"HOLDFAST_JOB_FILE", (root_ / "job.json").string()},
                          {"HOLDFAST_ATTEMPT", "1"},
                          {"HOLDFAST_CHECKPOINT_DIR", directory().string()},
                          {"HOLDFAST_OUTPUT_DIR", outputs().string()},
                          {"SLOW_SUM_STEP_MS", "1"},
                          {"SLOW_SUM_STEP_SECONDS", "0"}};
    return wanted;
  }

  void write_job(const std::string& json) const { std::ofstream(root_ / "job.json") << json; }

  // Answers every request for a checkpoint, as a session does, until the task ends.
  TaskExited attend() {
    for (;;) {
      std::optional<TaskEvent> event = events_.next(clock_.now() + kEnough);
      if (!event) throw std::runtime_error("nothing happened");
      if (auto* exited = std::get_if<TaskExited>(&*event)) return std::move(*exited);
      if (auto* said = std::get_if<TaskSaid>(&*event)) {
        if (said->progress) progress_ = *said->progress;
        if (said->step) step_ = *said->step;
      }
      if (auto* taken = std::get_if<SnapshotTaken>(&*event)) last_snapshot_ = taken->directory;
      if (std::holds_alternative<TaskCheckpoint>(*event)) {
        ++snapshots_;
        runner_->snapshot(SnapshotMode::task_waits,
                          root_ / ("snapshot-" + std::to_string(snapshots_)));
      }
    }
  }

  // The number that every file of the checkpoint holds; fails the test if they differ.
  static std::uint64_t saved_number(const fs::path& checkpoint) {
    std::map<std::uint64_t, int> numbers;
    for (int i = 0; i < 8; ++i) {
      std::uint64_t number = 0;
      std::ifstream(checkpoint / std::to_string(i)) >> number;
      ++numbers[number];
    }
    EXPECT_EQ(numbers.size(), 1u) << "a checkpoint that is not whole";
    return numbers.begin()->first;
  }

  int snapshots_ = 0;
  double progress_ = 0;
  std::uint64_t step_ = 0;
  fs::path last_snapshot_;
};

// Starts `arguments` in `directory`, without a worker; what it writes goes to `output`.
pid_t start_alone(const fs::path& directory, const std::vector<std::string>& arguments,
                  const FileDescriptor& output) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  if (::chdir(directory.c_str()) != 0) ::_exit(126);
  ::dup2(output.get(), STDOUT_FILENO);
  ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

int exit_code_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST_F(SdkTest, SlowSumFinishesUnderAWorker) {
  write_job(R"({"job_id": "job-0", "steps": 10})");
  runner_->start(contract({SLOW_SUM}));
  EXPECT_EQ(attend().code, 0);
  EXPECT_EQ(text_of(outputs() / "result.txt"), "55");
  EXPECT_EQ(snapshots_, 10);
  EXPECT_EQ(progress_, 1.0);
  EXPECT_EQ(step_, 10u);
  EXPECT_EQ(
      text_of(*CheckpointFolder(last_snapshot_, Durability::process).found() / "checkpoint.json"),
      R"({"step": 10, "sum": 55})");
}

TEST_F(SdkTest, SlowSumTakesItsStepsFromItsArguments) {
  runner_->start(contract({SLOW_SUM, "--steps", "4"}));
  EXPECT_EQ(attend().code, 0);
  EXPECT_EQ(text_of(outputs() / "result.txt"), "10");
}

TEST_F(SdkTest, SlowSumGoesOnFromTheGuidesOwnCheckpoint) {
  write_job(R"({"job_id": "job-0", "steps": 5})");
  // A sum that no honest run gives, to see that it was read.
  std::ofstream(directory() / "checkpoint.json") << R"({"step": 3, "sum": 1006})";
  runner_->start(contract({SLOW_SUM}));
  EXPECT_EQ(attend().code, 0);
  EXPECT_EQ(text_of(outputs() / "result.txt"), "1015");
}

TEST_F(SdkTest, SlowSumPrefersItsOwnCheckpointToAForeignOne) {
  std::ofstream(directory() / "checkpoint.json") << R"({"step": 3, "sum": 1006})";
  fs::create_directory(directory() / "checkpoint-7");
  std::ofstream(directory() / "checkpoint-7" / "checkpoint.json") << R"({"step":4,"sum":10})";
  runner_->start(contract({SLOW_SUM, "--steps", "5"}));
  EXPECT_EQ(attend().code, 0);
  EXPECT_EQ(text_of(outputs() / "result.txt"), "15");
}

TEST_F(SdkTest, SlowSumRefusesAJobWithoutSteps) {
  for (const char* job :
       {R"({"job_id": "job-0"})", R"({"job_id": "steps"})", R"({"steps": "many"})",
        R"({"steps": -1})", R"({"steps": 1.5})", R"({"steps": null})", "rubbish"}) {
    write_job(job);
    runner_->start(contract({SLOW_SUM}));
    EXPECT_EQ(attend().code, 65) << job;
  }
}

TEST_F(SdkTest, SlowSumAskedToStopEndsAtOnceAndIsToBeRunAgain) {
  TaskSpec wanted = contract({SLOW_SUM, "--steps", "1000", "--step-seconds", "3600"});
  runner_->start(wanted);
  ASSERT_EQ(lines_.next(clock_.now() + kEnough), "Starting step: 0 of 1000");
  runner_->stop(kEnough);
  EXPECT_EQ(attend().code, 85);
}

TEST_F(SdkTest, TheScriptFinishesAndResumesToo) {
  std::ofstream(directory() / "checkpoint.json") << R"({"step": 3, "sum": 1006})";
  runner_->start(contract({SLOW_SUM_SCRIPT, "5"}));
  EXPECT_EQ(attend().code, 0);
  EXPECT_EQ(text_of(outputs() / "result.txt"), "1015");
  runner_->start(contract({SLOW_SUM_SCRIPT, "many"}));
  EXPECT_EQ(attend().code, 65);
}

TEST_F(SdkTest, TheScriptAskedToStopEndsAtOnce) {
  TaskSpec wanted = contract({SLOW_SUM_SCRIPT, "5"});
  wanted.environment["SLOW_SUM_STEP_SECONDS"] = "3600";
  runner_->start(wanted);
  ASSERT_EQ(lines_.next(clock_.now() + kEnough), "Starting step: 0 of 5");
  runner_->stop(kEnough);
  EXPECT_EQ(attend().code, 85);
}

TEST_F(SdkTest, AloneAProgramKeepsItsCheckpointsAndGoesOn) {
  const FileDescriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  const std::vector<std::string> command = {SLOW_SUM, "--steps", "200", "--step-ms", "2"};
  const pid_t first = start_alone(root_, command, nowhere);
  const TimePoint deadline = clock_.now() + kEnough;
  while (!fs::exists(root_ / "checkpoints" / "checkpoint-5") && clock_.now() < deadline) {
    ::sched_yield();
  }
  ::kill(first, SIGTERM);
  EXPECT_EQ(exit_code_of(first), 85);
  EXPECT_FALSE(fs::exists(outputs() / "result.txt"));
  EXPECT_EQ(exit_code_of(start_alone(root_, command, nowhere)), 0);
  EXPECT_EQ(text_of(outputs() / "result.txt"), "20100");
}

TEST_F(SdkTest, ReportsAreCheapAndTheLastOneArrives) {
  runner_->start(contract({TEST_SAVER, "report"}));
  EXPECT_EQ(attend().code, 0);
  EXPECT_EQ(progress_, 1.0);
  EXPECT_EQ(step_, 100'000u);
}

TEST_F(SdkTest, ASaveThatThrowsLeavesTheCheckpointBefore) {
  runner_->start(contract({TEST_SAVER, "fail-while-saving"}));
  EXPECT_EQ(attend().code, 75);
  const CheckpointFolder folder(directory(), Durability::process);
  EXPECT_EQ(saved_number(folder.found().value()), 1u);
}

TEST_F(SdkTest, AnExceptionFailsTheAttemptWithItsText) {
  runner_->start(contract({TEST_SAVER, "no-such-role"}));
  const TaskExited exited = attend();
  EXPECT_EQ(exited.code, 1);
  EXPECT_NE(exited.output_tail.find("unknown role no-such-role"), std::string::npos);
}

TEST_F(SdkTest, AProgramWhoseWorkerDoesNotAnswerRunsAllTheSame) {
  TaskSpec wanted = contract({SLOW_SUM, "--steps", "3"});
  wanted.socket.clear();
  wanted.environment["HOLDFAST_SOCKET"] = (root_ / "nobody").string();
  runner_->start(wanted);
  EXPECT_EQ(attend().code, 0);
  EXPECT_EQ(text_of(outputs() / "result.txt"), "6");
}

TEST_F(SdkTest, AProgramKilledAtAnyInstantLeavesAWholeCheckpointThatIsNeverOlder) {
  constexpr int kRounds = 100;
  constexpr std::uint64_t kLongestMicroseconds = 2'000;
  constexpr std::uint64_t kCheckpointsMax = 6;
  Random random(7);
  ::setenv("HOLDFAST_CHECKPOINT_DIR", directory().c_str(), 1);
  std::uint64_t newest = 0;
  for (int i = 0; i < kRounds; ++i) {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const FileDescriptor said(ends[0]);
    const FileDescriptor output(ends[1]);
    const pid_t saver = start_alone(root_, {TEST_SAVER, "save"}, output);
    // Killed some time after some checkpoint, or before it has begun.
    char letter = 0;
    for (std::uint64_t waited = random.below(kCheckpointsMax); waited > 0; --waited) {
      ASSERT_EQ(::read(said.get(), &letter, 1), 1);
    }
    clock_.wait_until(clock_.now() + std::chrono::microseconds(random.below(kLongestMicroseconds)));
    ::kill(saver, SIGKILL);
    EXPECT_EQ(exit_code_of(saver), -SIGKILL);
    const CheckpointFolder folder(directory(), Durability::process);
    if (!folder.found() || *folder.found() == directory()) {
      ASSERT_EQ(newest, 0u) << "a checkpoint is lost";
      continue;
    }
    const std::uint64_t number = saved_number(*folder.found());
    ASSERT_GE(number, newest);
    newest = number;
  }
  ::unsetenv("HOLDFAST_CHECKPOINT_DIR");
  EXPECT_GT(newest, std::uint64_t{kRounds}) << "it hardly ever got as far as saving";
}

TEST_F(SdkTest, AFrozenSnapshotAtAnyInstantHoldsAWholeCheckpointThatIsNeverOlder) {
  constexpr int kRounds = 100;
  TaskSpec wanted = contract({TEST_SAVER, "save"});
  wanted.socket.clear();  // It never waits: it is always in the midst of saving.
  runner_->start(wanted);
  std::uint64_t newest = 0;
  for (int i = 0; i < kRounds; ++i) {
    const fs::path to = root_ / "snapshot";
    runner_->snapshot(SnapshotMode::freeze, to);
    expect<SnapshotTaken>();
    const CheckpointFolder folder(to, Durability::process);
    const bool whole = folder.found() && *folder.found() != to;
    ASSERT_TRUE(whole || newest == 0) << "a checkpoint is lost";
    if (whole) {
      const std::uint64_t number = saved_number(*folder.found());
      ASSERT_GE(number, newest);
      newest = number;
    }
    remove_directory(to);
  }
  EXPECT_GT(newest, 10u);
  runner_->stop(kEnough);
  EXPECT_EQ(expect<TaskExited>().code, 85);
}

}  // namespace
}  // namespace holdfast
