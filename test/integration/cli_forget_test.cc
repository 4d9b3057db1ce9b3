// holdfast forget: everything of a job goes, a worker that runs it stops, and nothing comes back.
#include <signal.h>

#include "integration/cli_operate_fixture.h"

namespace holdfast::test {
namespace {

namespace fs = std::filesystem;

class CliForgetTest : public CliOperateTest {
 protected:
  std::string forget(const Words& words, int code) const {
    return run(joined(joined({"forget"}, words), places()), code);
  }
  // The names of what the store has of a job, but for the records of its log.
  std::string left_of(const std::string& job) const {
    std::string names;
    for (const std::string& folder : {"store/.holdfast/" + job, "store/" + job}) {
      if (!fs::exists(path(folder))) continue;
      for (const auto& entry : fs::recursive_directory_iterator(path(folder))) {
        const std::string name = entry.path().string();
        if (entry.is_regular_file() && !contains(name, ".holdfast/" + job + "/log/"))
          names += name + "\n";
      }
    }
    return names;
  }
};

TEST_F(CliForgetTest, ItIsShownFirstAndAskedAndWithoutAPersonNothingGoes) {
  submit_ids("a\n");
  work_off(kSucceeds);
  EXPECT_TRUE(contains(forget({"a", "--dry-run"}, 0), "Would be forgotten: 1 job (1 completed), "));
  EXPECT_TRUE(contains(forget({"a", "--dry-run", "--json"}, 0),
                       R"({"job_id":"a","outcome":"planned","was":"completed",)"));
  EXPECT_TRUE(contains(forget({"a"}, 2), "nobody is here to confirm it; give --yes"));
  EXPECT_TRUE(contains(forget({}, 2), "name the jobs"));
  EXPECT_TRUE(fs::exists(path("store/a/result.txt")));
  EXPECT_TRUE(contains(status("a"), R"("state":"completed")"));
}

TEST_F(CliForgetTest, AllOfItGoesItIsListedNoMoreAndItsIdStaysTaken) {
  submit_ids("a\nb\n");
  work_off("echo secret; " + std::string(kSucceeds));
  EXPECT_TRUE(contains(forget({"a", "--yes"}, 0), "a: forgotten; "));
  EXPECT_EQ(left_of("a"), "");
  const std::string list = run(joined({"list"}, places()), 0);
  EXPECT_FALSE(contains(list, "a ")) << list;
  EXPECT_TRUE(contains(run(joined({"status"}, places()), 0), "completed    1"));
  EXPECT_TRUE(contains(status("a"), R"("state":"forgotten")"));
  EXPECT_TRUE(contains(run(joined({"status", "a"}, places()), 0), "its id stays taken"));
  EXPECT_TRUE(contains(run(joined({"why", "a"}, places()), 0), "a was forgotten by "));
  EXPECT_TRUE(contains(run(joined({"fetch", "a", "--to", path("out")}, places()), 1),
                       "was forgotten, so nothing of it is kept"));
  EXPECT_TRUE(contains(run(joined({"rerun", "a"}, places()), 1), "submit it under a new id"));
  submit_ids("a\n");
  work_off("touch " + path("ran"));
  EXPECT_FALSE(fs::exists(path("ran")));
  EXPECT_EQ(left_of("a"), "");
  EXPECT_TRUE(contains(run(joined({"fetch", "b", "--to", path("out")}, places()), 0), "1 of 1"));
  EXPECT_TRUE(contains(forget({"a", "--yes", "--json"}, 0), R"("was":"forgotten")"));
}

TEST_F(CliForgetTest, ARunningProgramIsStoppedAndLeavesNothing) {
  submit_ids("a\nb\n");
  const auto worker = start(
      work_on({"--watch-every", "200ms", "--checkpoint-every", "100ms"},
              "test $HOLDFAST_JOB_ID = a || { touch " + path("b") +
                  "; exit 0; }; echo x > $HOLDFAST_CHECKPOINT_DIR/x; echo up; exec sleep 300"));
  ASSERT_TRUE(worker->says("checkpoint committed job=a", kEventTime)) << worker->output();
  const std::string output = forget({"a", "--yes"}, 0);
  EXPECT_FALSE(contains(output, "did not confirm")) << output;
  EXPECT_EQ(left_of("a"), "");
  ASSERT_TRUE(worker->says("job completed job=b", kEventTime)) << worker->output();
  worker->signal(SIGTERM);
  EXPECT_EQ(worker->ends(kEventTime), 0);
  EXPECT_EQ(left_of("a"), "");
}

TEST_F(CliForgetTest, AWorkerThatIsGoneIsToldOfAndWhoeverMeetsTheMessageFinishes) {
  submit_ids("a\n");
  {
    const auto worker = start(work_on({}, "echo up; exec sleep 300"));
    ASSERT_TRUE(worker->says("a | up", kEventTime)) << worker->output();
    worker->kill();
  }
  EXPECT_TRUE(contains(forget({"a", "--yes", "--wait", "100ms"}, 1), "did not confirm in time"));
  EXPECT_EQ(left_of("a"), "");
  fs::create_directories(path("store/.holdfast/a/attempts/1"));
  write("store/.holdfast/a/attempts/1/late", "late");
  work_off("touch " + path("ran"));
  EXPECT_FALSE(fs::exists(path("ran")));
  EXPECT_EQ(left_of("a"), "");
}

TEST_F(CliForgetTest, ADeadJobGoesWithItsLetterAndOneThatNobodyHasSeenNeverRuns) {
  submit_ids("a\n");
  work_off(kRefuses);
  submit_ids("b\n");
  forget({"a", "b", "--yes"}, 0);
  EXPECT_FALSE(contains(run({"dead", "list", "--json", "--queue", "sqlite:" + path("queue")}, 0),
                        R"("job_id":"a")"));
  work_off(kSucceeds);
  EXPECT_EQ(left_of("a") + left_of("b"), "");
}

TEST_F(CliForgetTest, AGroupGoesAsAWholeAndOneOfItIsNotCounted) {
  run(joined({"submit", write("night.csv", "job_id\na\nb\n")}, places()), 0);
  work_off(kSucceeds);
  forget({"a", "--yes"}, 0);
  EXPECT_TRUE(contains(run(joined({"status", "--group", "night", "--json"}, places()), 0),
                       R"("jobs":1,"unclaimed":0,)"));
  run(joined({"wait", "--group", "night"}, places()), 0);
  EXPECT_TRUE(contains(run(joined({"submit", path("night.csv"), "--again"}, places()), 0),
                       "1 job of these, a, was taken away with holdfast forget and will not run"));
  work_off(kSucceeds);
  forget({"--group", "night", "--yes"}, 0);
  EXPECT_TRUE(contains(forget({"--group", "night", "--yes"}, 2), "there is no group"));
  EXPECT_EQ(left_of("a") + left_of("b"), "");
}

TEST_F(CliForgetTest, KilledAtAnyMomentAndRepeatedTheRestGoes) {
  std::string ids;
  for (int i = 0; i < 10; ++i) ids += "j" + std::to_string(i) + "\n";
  submit_ids(ids);
  work_off("for i in 1 2 3 4 5; do echo $i > $HOLDFAST_OUTPUT_DIR/$i; done");
  for (int i = 0; i < 10; ++i) {
    const std::string job = "j" + std::to_string(i);
    const auto killed = start(joined({"forget", job, "--yes"}, places()));
    // A little later each time.
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(3 * i);
    while (std::chrono::steady_clock::now() < until) {
    }
    killed->kill();
    killed->ends(kEventTime);
    forget({job, "--yes"}, 0);
    EXPECT_EQ(left_of(job), "") << job;
    EXPECT_TRUE(contains(status(job), R"("state":"forgotten")")) << job;
  }
  EXPECT_TRUE(contains(run(joined({"status"}, places()), 0), "completed    0"));
}

}  // namespace
}  // namespace holdfast::test
