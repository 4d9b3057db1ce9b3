// Each way in which an attempt can fail has its own name, in the store and on the worker's standard
// error, with the last that the task printed.
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "base/file.h"
#include "integration/cli_embedded.h"

namespace holdfast::test {
namespace {

namespace fs = std::filesystem;

class CliEndingsTest : public CliEmbeddedTest {
 protected:
  // What `holdfast status` says of the job "a" after one attempt of `script`.
  std::string ending_of(const std::string& script, const Words& more = {"--failures-max", "1"}) {
    submit("job_id\na\n");
    worker_ = run(work_script(more, "echo its last words; " + script), 0);
    return status("a");
  }

  std::string logs(const std::string& job, const Words& more = {}) const {
    Words words{"logs", "--store", "file:" + path("store"), job};
    words.insert(words.end(), more.begin(), more.end());
    return run(words, 0);
  }

  void expect_ending(const std::string& status, const std::string& ending,
                     const std::string& detail) const {
    EXPECT_TRUE(contains(status, R"("ending":")" + ending + "\"")) << status;
    EXPECT_TRUE(contains(status, detail)) << status;
    EXPECT_TRUE(contains(worker_, "a | its last words\n")) << worker_;
    EXPECT_TRUE(contains(logs("a", {"--attempt", "1"}), "its last words\n"));
  }

  std::string worker_;
};

// A group of processes that the kernel gives little memory; gone with the test.
class SmallMemory {
 public:
  static constexpr const char* kBytes = "67108864";

  SmallMemory() {
    const fs::path root = "/sys/fs/cgroup";
    const bool version1 = fs::exists(root / "memory");
    group_ = (version1 ? root / "memory" : root) / ("holdfast-test-" + std::to_string(::getpid()));
    if (!version1) std::ofstream(root / "cgroup.subtree_control") << "+memory";
    std::error_code error;
    fs::create_directory(group_, error);
    std::ofstream limit(group_ / (version1 ? "memory.limit_in_bytes" : "memory.max"));
    limit << kBytes << std::flush;
    made_ = !error && limit.good();
  }
  ~SmallMemory() { ::rmdir(group_.c_str()); }
  SmallMemory(const SmallMemory&) = delete;
  SmallMemory& operator=(const SmallMemory&) = delete;

  bool made() const { return made_; }
  std::string processes() const { return (group_ / "cgroup.procs").string(); }

 private:
  fs::path group_;
  bool made_ = false;
};

TEST_F(CliEndingsTest, AnExitCodeIsAFailureWithThatCode) {
  expect_ending(ending_of("exit 3"), "failed", "exit code 3");
}

TEST_F(CliEndingsTest, ASignalIsAFailureWithThatSignal) {
  expect_ending(ending_of("kill -SEGV $$"), "failed", "killed by signal 11 (Segmentation fault)");
}

TEST_F(CliEndingsTest, AProgramThatRunsOverItsTimeLimitIsStoppedAndTheJobIsDead) {
  const std::string status = ending_of("exec sleep 600", {"--time-limit", "1s"});
  expect_ending(status, "timed_out", "still running after its time limit, 1 s");
  EXPECT_TRUE(contains(status, R"("reason":"timed_out")")) << status;
}

TEST_F(CliEndingsTest, AProgramThatGivesNoSignOfLifeHasStalled) {
  expect_ending(ending_of("exec sleep 600", {"--stall-after", "1s", "--failures-max", "1"}),
                "stalled", "no output, message or checkpoint for 1 s");
}

TEST_F(CliEndingsTest, AJobThatItsProgramRefusesIsDeadAtOnce) {
  const std::string status = ending_of("exit 65", {"--failures-max", "3"});
  expect_ending(status, "refused", "exit code 65");
  EXPECT_TRUE(contains(status, R"("state":"dead")")) << status;
}

TEST_F(CliEndingsTest, AMachineThatIsUnfitIsNotHeldAgainstTheJob) {
  submit("job_id\na\n");
  const std::string script =
      "echo its last words; [ $HOLDFAST_ATTEMPT -gt 1 ] || exit 69; echo 7 > "
      "$HOLDFAST_OUTPUT_DIR/answer";
  const auto first = start(work_script({"--failures-max", "1"}, script));
  // Whether the worker goes on itself is its own business.
  EXPECT_NE(first->ends(kCommandTime), -1) << first->output();
  worker_ = first->output();
  run(work_script({"--failures-max", "1"}, script), 0);
  const std::string after = status("a");
  expect_ending(after, "node_unfit", "exit code 69");
  EXPECT_TRUE(contains(after, R"("state":"completed")")) << after;
  EXPECT_TRUE(contains(after, R"("failures_since_progress":0)")) << after;
}

TEST_F(CliEndingsTest, AProgramKilledByTheKernelForLackOfMemoryIsToldFromOneKilledOtherwise) {
  const SmallMemory group;
  if (group.made()) {
    submit("job_id\na\n");
    std::string words;
    for (const std::string& word : work({"--failures-max", "1"}, {})) words += " " + word;
    const std::string hungry = "echo its last words; exec python3 -c \"bytearray(1 << 30)\"";
    worker_ = shell("echo $$ > " + group.processes() + "\nexec $HOLDFAST" + words +
                        " /bin/sh -c '" + hungry + "'",
                    0);
    expect_ending(status("a"), "out_of_memory", "killed by the kernel for lack of memory");
  } else {
    std::cerr << "No group of processes with little memory can be made here (root and a writable "
                 "/sys/fs/cgroup are needed), so the kernel killed nothing.\n";
  }

  submit("job_id\nb\n", "other");
  run(work_script({"--failures-max", "1"}, "kill -KILL $$", "other"), 0);
  const std::string other = status("b");
  EXPECT_TRUE(contains(other, R"("ending":"failed")")) << other;
  EXPECT_TRUE(contains(other, "killed by signal 9")) << other;
}

TEST_F(CliEndingsTest, BeginningAndEndOfWhatEveryAttemptPrintedAreKeptAndBounded) {
  constexpr std::size_t kBytesMax = 1'000'000;
  submit("job_id\na\n");
  // 200,000 lines of 20 bytes and more, then a failure; the second attempt says something else.
  const std::string script =
      "if [ $HOLDFAST_ATTEMPT = 1 ]; then seq -f 'a line with number %.0f' 200000; exit 85; fi\n"
      "echo the second attempt";
  const std::string output = run(work_script({"--log-max", "1MB"}, script), 0);
  EXPECT_TRUE(contains(output, "a | a line with number 200000\n"));
  const std::string first = logs("a", {"--attempt", "1"});
  EXPECT_LE(first.size(), kBytesMax + 100);
  EXPECT_GT(first.size(), kBytesMax * 3 / 4);
  EXPECT_TRUE(first.starts_with("a line with number 1\na line with number 2\n"));
  EXPECT_TRUE(contains(first, " bytes are left out here]\n"));
  EXPECT_TRUE(first.ends_with("a line with number 200000\n"));
  EXPECT_EQ(logs("a"), "the second attempt\n");
  const std::string all = logs("a", {"--attempt", "all"});
  EXPECT_TRUE(all.starts_with("a line with number 1\n"));
  EXPECT_TRUE(all.ends_with("a line with number 200000\n--- attempt 2\nthe second attempt\n"));
}

}  // namespace
}  // namespace holdfast::test
