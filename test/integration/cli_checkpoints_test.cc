// holdfast checkpoints: look at a job's progress, bring it to a directory, remove what is unneeded.
#include <signal.h>

#include <fstream>

#include "base/digest.h"
#include "integration/cli_operate_fixture.h"

namespace holdfast::test {
namespace {

class CliCheckpointsTest : public CliOperateTest {
 protected:
  // A job that waits, with its newest checkpoint after two or more steps.
  void leave_a_job_half_done() {
    submit_ids("a\n");
    const auto worker = start(work_on({"--checkpoint-pause", "20ms"}, kCounts));
    ASSERT_TRUE(worker->says("generation=2", kEventTime)) << worker->output();
    worker->signal(SIGTERM);
    ASSERT_EQ(worker->ends(kEventTime), 0) << worker->output();
  }
  // Without a last checkpoint, which may hold what the one before it does.
  void leave_a_job_of_a_killed_worker() {
    submit_ids("a\n");
    const auto worker = start(work_on({"--checkpoint-pause", "20ms"}, kCounts));
    ASSERT_TRUE(worker->says("generation=2", kEventTime)) << worker->output();
    worker->kill();
  }
  std::string checkpoints(const Words& words, int code) const {
    return run(joined(joined({"checkpoints"}, words), store()), code);
  }
  // What a killed attempt leaves: a chunk that no manifest names.
  std::string leave_a_chunk(const std::string& job) const {
    const std::string key = "store/.holdfast/" + job + "/chunks/1/" + std::string(64, 'e');
    std::filesystem::create_directories(std::filesystem::path(path(key)).parent_path());
    return write(key, "twelve bytes");
  }

  static constexpr const char* kCounts =
      "n=0; while :; do n=$((n+1)); echo $n > next; mv next counter; $HOLDFAST checkpoint; sleep "
      "0.05; done";
};

TEST_F(CliCheckpointsTest, TheyAreListedNewestFirstAndVerified) {
  leave_a_job_half_done();
  const std::string list = checkpoints({"list", "a", "--verify"}, 0);
  EXPECT_TRUE(list.starts_with("GENERATION  BYTES  ATTEMPT  WHEN")) << list;
  EXPECT_TRUE(contains(list, "Z  whole\n")) << list;
  const std::string json = checkpoints({"list", "a", "--json", "--verify"}, 0);
  EXPECT_TRUE(contains(json, R"("state":"whole")")) << json;
  EXPECT_TRUE(contains(checkpoints({"list", "b"}, 1), "No worker has claimed a job b"));
}

TEST_F(CliCheckpointsTest, ADamagedOneIsFoundAndTheOneBeforeRestored) {
  leave_a_job_of_a_killed_worker();
  const std::string before = checkpoints({"list", "a", "--verify"}, 0);
  checkpoints({"restore", "a", "--to", path("newest")}, 0);
  const std::string digest = sha256(read(path("newest/counter"))).hex();
  std::ofstream(path("store/.holdfast/a/chunks/1/" + digest), std::ios::trunc) << "x";
  const std::string list = checkpoints({"list", "a", "--verify"}, 1);
  EXPECT_TRUE(contains(list, "damaged: ")) << list;
  EXPECT_TRUE(contains(list, "whole")) << list;
  const std::string restored = checkpoints({"restore", "a", "--to", path("look")}, 0);
  EXPECT_TRUE(contains(restored, "Newer ones are damaged")) << restored;
  EXPECT_FALSE(read(path("look/counter")).empty());
  const std::string generation = before.substr(before.find('\n') + 1);
  checkpoints({"restore", "a", "--to", path("strict"), "--generation",
               generation.substr(0, generation.find(' '))},
              1);
  EXPECT_TRUE(std::filesystem::is_empty(path("strict"))) << "half a checkpoint was left";
}

TEST_F(CliCheckpointsTest, OneIsRestoredIntoANewDirectoryOnly) {
  leave_a_job_half_done();
  const std::string output = checkpoints({"restore", "a", "--to", path("look")}, 0);
  EXPECT_TRUE(contains(output, " is in " + path("look"))) << output;
  EXPECT_GE(std::stoi(read(path("look/counter"))), 2);
  const std::string kept = read(path("look/counter"));
  EXPECT_TRUE(
      contains(checkpoints({"restore", "a", "--to", path("look")}, 2), "not an empty directory"));
  EXPECT_EQ(read(path("look/counter")), kept);
  EXPECT_TRUE(contains(checkpoints({"restore", "a", "--to", path("x"), "--generation", "999"}, 1),
                       "no checkpoint of generation 999"));
}

TEST_F(CliCheckpointsTest, PruningRemovesWhatNoneNeedsAndTheJobGoesOn) {
  leave_a_job_half_done();
  checkpoints({"prune", "a"}, 0);
  const std::string stray = leave_a_chunk("a");
  EXPECT_TRUE(contains(checkpoints({"prune", "a", "--dry-run"}, 0),
                       "Would remove: 1 objects, 12 bytes, of 1 job"));
  EXPECT_TRUE(std::filesystem::exists(stray));
  EXPECT_TRUE(contains(checkpoints({"prune", "--all"}, 0), "Removed: 0 objects"))
      << "the job has not ended";
  checkpoints({"prune", "a"}, 0);
  EXPECT_FALSE(std::filesystem::exists(stray));
  EXPECT_TRUE(contains(checkpoints({"list", "a", "--verify"}, 0), "whole"));
  work_off("test -s counter && " + std::string(kSucceeds));
  EXPECT_EQ(read(path("store/a/result.txt")), "done\n");
  leave_a_chunk("a");
  EXPECT_TRUE(contains(checkpoints({"prune", "--all"}, 0), "Removed: 1 objects, 12 bytes"));
  EXPECT_TRUE(contains(checkpoints({"prune"}, 2), "name the jobs"));
}

}  // namespace
}  // namespace holdfast::test
