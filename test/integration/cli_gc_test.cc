// holdfast du and gc: what jobs take, and how it goes.
#include <signal.h>

#include "integration/cli_operate_fixture.h"

namespace holdfast::test {
namespace {

namespace fs = std::filesystem;

class CliGcTest : public CliOperateTest {
 protected:
  std::string gc(const Words& words, int code) const {
    return run(joined(joined({"gc", "--older-than", "0s"}, words), places()), code);
  }
  std::string du(const Words& words) const {
    return run(joined(joined({"du"}, words), places()), 0);
  }
};

TEST_F(CliGcTest, ItIsShownFirstAndAskedAndWithoutAPersonNothingGoes) {
  submit_ids("a\n");
  work_off(kSucceeds);
  EXPECT_TRUE(contains(gc({"--keep", "nothing", "--dry-run"}, 0), "Would remove: "));
  EXPECT_TRUE(contains(gc({"--keep", "nothing"}, 2), "nobody is here to confirm it; give --yes"));
  EXPECT_TRUE(fs::exists(path("store/a/result.txt")));
  EXPECT_TRUE(
      contains(gc({"--state", "running", "--yes"}, 2), "never touches a job that may go on"));
  EXPECT_TRUE(
      contains(gc({"--state", "unclaimed", "--yes"}, 2), "never touches a job that may go on"));
  EXPECT_TRUE(contains(run(joined({"gc", "--older-than", "5ms", "--yes"}, places()), 2),
                       "kept in whole seconds"));
  EXPECT_TRUE(contains(run(joined({"gc", "--older-than", "1h", "--yes"}, places()), 0),
                       "; 0 ended long enough ago"));
}

TEST_F(CliGcTest, AJobOfWhichNothingIsKeptDoesNotRunAgain) {
  submit_ids("a\nb\n");
  work_off("test $HOLDFAST_JOB_ID = a || exit 65; " + std::string(kSucceeds));
  gc({"--keep", "nothing", "--yes"}, 0);
  EXPECT_FALSE(fs::exists(path("store/a/result.txt")));
  EXPECT_TRUE(contains(status("a"), R"("state":"completed")"));
  EXPECT_TRUE(contains(status("b"), R"("state":"dead")"));
  submit_ids("a\n");
  work_off("touch " + path("ran"));
  EXPECT_FALSE(fs::exists(path("ran")));
  EXPECT_TRUE(contains(status("a"), R"("state":"completed")"));
  EXPECT_FALSE(contains(run({"dead", "list", "--queue", "sqlite:" + path("queue")}, 0), "damaged"));
  run(joined({"fetch", "a", "--to", path("out")}, places()), 0);
}

TEST_F(CliGcTest, WhatRunsKeepsItsCheckpointsAndResultsStayFetchable) {
  submit_ids("a\nb\n");
  const auto worker = start(work_on(
      {"--checkpoint-every", "100ms"},
      "echo $HOLDFAST_JOB_ID > $HOLDFAST_CHECKPOINT_DIR/x; test $HOLDFAST_JOB_ID = a || exec sleep "
      "300; sleep 0.5; " +
          std::string(kSucceeds)));
  ASSERT_TRUE(worker->says("job completed job=a", kEventTime)) << worker->output();
  ASSERT_TRUE(worker->says("checkpoint committed job=b", kEventTime)) << worker->output();
  const std::string before = du({"b", "--by", "job", "--json"});
  EXPECT_FALSE(contains(before, R"("checkpoints":0,)")) << before;
  gc({"--state", "completed,dead,cancelled", "--yes"}, 0);
  EXPECT_FALSE(contains(du({"b", "--by", "job", "--json"}), R"("checkpoints":0,)"));
  EXPECT_TRUE(contains(du({"a", "--by", "job", "--json"}), R"("checkpoints":0,"results":5,)"));
  run(joined({"fetch", "a", "--to", path("out")}, places()), 0);
  EXPECT_EQ(read(path("out/a/result.txt")), "done\n");
  worker->signal(SIGTERM);
  worker->ends(kEventTime);
}

TEST_F(CliGcTest, KilledAndRepeatedTheRestGoes) {
  std::string ids;
  for (int i = 0; i < 10; ++i) ids += "j" + std::to_string(i) + "\n";
  submit_ids(ids);
  work_off("for i in 1 2 3 4 5 6 7 8 9; do echo $i > $HOLDFAST_OUTPUT_DIR/$i; done");
  const auto until = std::chrono::steady_clock::now() + kEventTime;
  const auto killed =
      start(joined({"gc", "--older-than", "0s", "--keep", "nothing", "--yes"}, places()));
  while (fs::exists(path("store/j1/1")) && std::chrono::steady_clock::now() < until) {
  }
  killed->kill();
  killed->ends(kEventTime);
  gc({"--keep", "nothing", "--yes"}, 0);
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(fs::exists(path("store/j" + std::to_string(i) + "/1"))) << i;
    EXPECT_TRUE(contains(status("j" + std::to_string(i)), R"("state":"completed")")) << i;
  }
  EXPECT_TRUE(contains(du({"--json"}), R"("results":0,)"));
}

TEST_F(CliGcTest, AnUploadedInputThatWentComesBackWithItsListAndTheJobRunsAgain) {
  const auto submit = [this](const Words& more) {
    return run(joined(joined({"submit", write("night.csv", "job_id\na\n"), "--input",
                              "text=" + write("text.txt", "the text\n")},
                             more),
                      places()),
               0);
  };
  const auto copies = [this] {
    int files = 0;
    for (const auto& entry : fs::directory_iterator(path("store/.inputs"))) {
      if (entry.is_regular_file()) files += 1;
    }
    return files;
  };
  const std::string script = "cat $HOLDFAST_INPUT_DIR/text.txt > $HOLDFAST_OUTPUT_DIR/result.txt";
  submit({});
  work_off(script);
  EXPECT_EQ(copies(), 1);
  EXPECT_TRUE(contains(gc({"--keep", "nothing", "--yes"}, 0), "; 1 uploaded input, 9 bytes"));
  EXPECT_EQ(copies(), 0);
  submit({"--again"});
  EXPECT_EQ(copies(), 1);
  run(joined({"rerun", "a"}, places()), 0);
  work_off(script);
  EXPECT_EQ(read(path("store/a/result.txt")), "the text\n") << status("a");
}

TEST_F(CliGcTest, UsageIsShownByStateAndGroup) {
  run(joined({"submit", write("night.csv", "job_id\na\nb\n")}, places()), 0);
  work_off(kSucceeds);
  const std::string table = du({});
  EXPECT_TRUE(contains(table, "STATE")) << table;
  EXPECT_TRUE(contains(table, "completed  2")) << table;
  EXPECT_TRUE(contains(du({"--by", "group", "--json"}), R"({"group":"night","jobs":2,)"));
}

}  // namespace
}  // namespace holdfast::test
