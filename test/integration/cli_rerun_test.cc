// holdfast rerun: a job that has ended starts anew, and its result stays until the new one is
// there.
#include <signal.h>

#include "core/job.h"
#include "core/store_layout.h"
#include "integration/cli_operate_fixture.h"

namespace holdfast::test {
namespace {

namespace fs = std::filesystem;

class CliRerunTest : public CliOperateTest {
 protected:
  std::string again(const Words& words, int code) const {
    return run(joined(joined({"rerun"}, words), places()), code);
  }
  std::string fetched(const std::string& file) const {
    fs::remove_all(path("out"));
    run(joined({"fetch", "a", "--to", path("out")}, places()), 0);
    return fs::exists(path("out/a/" + file)) ? read(path("out/a/" + file)) : "";
  }
  static std::string writes(const std::string& text, const std::string& file = "result.txt") {
    return "echo " + text + " > \"$HOLDFAST_OUTPUT_DIR/" + file + "\"";
  }
};

TEST_F(CliRerunTest, ACompletedJobRunsAgainAndItsResultStaysUntilTheNewOneReplacesItAsAWhole) {
  submit_ids("a\n");
  work_off(writes("old") + "; " + writes("gone", "only-old.txt"));
  EXPECT_TRUE(contains(again({"a"}, 0), "a: back in the queue, starts from the beginning"));
  EXPECT_TRUE(contains(again({"a"}, 0), "a: was back in the queue already"));
  EXPECT_TRUE(contains(status("a"), R"("state":"waiting","attempt":1,"epoch":2)"));
  EXPECT_EQ(read(path("store/a/result.txt")), "old\n");
  EXPECT_EQ(fetched("result.txt"), "old\n");
  {
    const auto worker = start(work_on({}, "echo up; exec sleep 300"));
    ASSERT_TRUE(worker->says("a | up", kEventTime)) << worker->output();
    EXPECT_TRUE(contains(again({"a"}, 1), "a: left alone, it runs"));
    EXPECT_EQ(fetched("result.txt"), "old\n");
    EXPECT_EQ(fetched("only-old.txt"), "gone\n");
    worker->signal(SIGTERM);
    worker->ends(kEventTime);
  }
  EXPECT_TRUE(contains(again({"a"}, 1), "a: left alone, it waits"));
  work_off("test $HOLDFAST_ATTEMPT = 3 || exit 65; " + writes("new"));
  EXPECT_TRUE(contains(status("a"), R"("state":"completed","attempt":3,"epoch":2)")) << status("a");
  EXPECT_EQ(read(path("store/a/result.txt")), "new\n");
  EXPECT_FALSE(fs::exists(path("store/a/only-old.txt")));
  EXPECT_EQ(fetched("result.txt"), "new\n");
  EXPECT_EQ(fetched("only-old.txt"), "");
  EXPECT_FALSE(fs::exists(path("store/.holdfast/a/attempts/1/outputs.json")));
}

TEST_F(CliRerunTest, ANewEpochThatFailsLeavesTheOldResultAndTheJobIsDead) {
  submit_ids("a\n");
  work_off(writes("old"));
  again({"a"}, 0);
  work_off(kRefuses);
  EXPECT_TRUE(contains(status("a"), R"("state":"dead")"));
  EXPECT_EQ(fetched("result.txt"), "old\n");
  run(joined({"gc", "--older-than", "0s", "--state", "dead", "--keep", "nothing", "--yes"},
             places()),
      0);
  EXPECT_EQ(fetched("result.txt"), "old\n") << "until the job completes again";
  EXPECT_TRUE(contains(run({"dead", "list", "--queue", "sqlite:" + path("queue")}, 0), "refused"));
  again({"a"}, 0);
  EXPECT_TRUE(
      contains(run({"dead", "list", "--queue", "sqlite:" + path("queue")}, 0), "No job is dead"));
  work_off(writes("third"));
  EXPECT_EQ(fetched("result.txt"), "third\n");
  EXPECT_TRUE(contains(status("a"), R"("epoch":3)"));
}

TEST_F(CliRerunTest, FailuresOfBeforeDoNotCountAndNoCheckpointOfBeforeIsUsedUnlessThatIsMeant) {
  submit_ids("a\n");
  run(work_script({"--failures-max", "1", "--checkpoint-every", "100ms"},
                  "test -e $HOLDFAST_CHECKPOINT_DIR/kept && exit 65; echo x > "
                  "$HOLDFAST_CHECKPOINT_DIR/kept; sleep 1; exit 1"),
      0);
  EXPECT_TRUE(contains(status("a"), R"("state":"dead")"));
  const std::string sees =
      "if test -e $HOLDFAST_CHECKPOINT_DIR/kept; then echo kept; else echo "
      "nothing; fi > \"$HOLDFAST_OUTPUT_DIR/result.txt\"";
  again({"a"}, 0);
  EXPECT_TRUE(contains(status("a"), R"("failures_total":0)"));
  EXPECT_TRUE(contains(status("a"), R"("endings":[])"));
  run(work_script({"--checkpoint-every", "100ms", "--keep-completed", "1"},
                  "echo y > $HOLDFAST_CHECKPOINT_DIR/kept2; sleep 1; " + sees),
      0);
  EXPECT_EQ(fetched("result.txt"), "nothing\n");
  again({"a", "--from-checkpoint"}, 0);
  work_off("test -e $HOLDFAST_CHECKPOINT_DIR/kept2 && " + writes("resumed"));
  EXPECT_EQ(fetched("result.txt"), "resumed\n");
  EXPECT_TRUE(contains(again({"a", "--from-checkpoint"}, 1), "none of its checkpoints is kept"));
}

TEST_F(CliRerunTest, AGroupRunsAgainAndSubmittingTheSameListDoesNotUndoIt) {
  const std::string list = write("night.csv", "job_id\na\nb\n");
  const Words submit = joined({"submit", list}, places());
  run(submit, 0);
  work_off(writes("old"));
  const std::string said = again({"--group", "night"}, 0);
  EXPECT_TRUE(contains(said, "2 jobs back in the queue")) << said;
  EXPECT_TRUE(contains(run(joined({"list", "--state", "waiting"}, places()), 0), "b "));
  run(submit, 0);
  EXPECT_TRUE(contains(status("b"), R"("state":"waiting","attempt":1,"epoch":2)"));
  work_off(writes("new"));
  run(joined({"wait", "--group", "night"}, places()), 0);
  EXPECT_EQ(read(path("store/a/result.txt")), "new\n");
  EXPECT_EQ(read(path("store/b/result.txt")), "new\n");
  run(submit, 0);
  EXPECT_TRUE(contains(status("b"), R"("state":"completed","attempt":2,"epoch":2)"));
  EXPECT_TRUE(contains(again({"--group", "nacht"}, 2), "no group 'nacht'"));
  EXPECT_TRUE(contains(again({}, 2), "name the jobs"));
}

TEST_F(CliRerunTest, ItWorksOnTheStateFolderOfRun) {
  const std::string list = write("jobs.csv", "job_id\na\nb\n");
  const auto go = [&](const std::string& text) {
    run({"run", list, "--", "/bin/sh", "-c", writes(text)}, 0);
  };
  go("old");
  run({"rerun", "a", "--state", list + ".holdfast"}, 0);
  EXPECT_EQ(read(path("jobs.csv.holdfast/store/a/result.txt")), "old\n");
  go("new");
  EXPECT_EQ(read(path("jobs.csv.holdfast/store/a/result.txt")), "new\n");
  EXPECT_EQ(read(path("jobs.csv.holdfast/store/b/result.txt")), "old\n");
  run({"rerun", "--list", list}, 0);
  go("third");
  EXPECT_EQ(read(path("jobs.csv.holdfast/store/b/result.txt")), "third\n");
}

TEST_F(CliRerunTest, WhatCannotRunAgainIsSaidAndTheOthersDo) {
  submit_ids("a\nb\nc\n");
  fs::create_directories(path("store"));
  run(joined({"cancel", "b"}, places()), 0);
  EXPECT_TRUE(contains(again({"b"}, 1), "the store has no copy of its message"));
  EXPECT_TRUE(contains(again({"c"}, 1), "c: unchanged, no worker has taken it yet"));
  work_off(writes("old"));
  const std::string json = again({"a", "nobody", "--json"}, 1);
  EXPECT_TRUE(contains(json, R"({"job_id":"a","outcome":"requeued","was":"completed"})")) << json;
  EXPECT_TRUE(contains(json, R"({"job_id":"nobody","outcome":"unclaimed","was":""})")) << json;
}

}  // namespace
}  // namespace holdfast::test
