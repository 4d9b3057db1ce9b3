// Groups and sweeps: many jobs as one thing.
#include <signal.h>

#include "integration/cli_operate_fixture.h"

namespace holdfast::test {
namespace {

namespace fs = std::filesystem;

class CliGroupsTest : public CliOperateTest {
 protected:
  // Two lists, and so two groups.
  void submit_two() const {
    run(joined({"submit", write("night.csv", "job_id\na\nb\n")}, places()), 0);
    run(joined({"submit", write("day.csv", "job_id\nc\n")}, places()), 0);
  }
  std::string of_group(const Words& words, int code) const {
    return run(joined(words, places()), code);
  }
};

TEST_F(CliGroupsTest, StatusListFetchAndCancelKnowTheGroup) {
  submit_two();
  EXPECT_TRUE(contains(of_group({"status", "--group", "night"}, 0), "0 of 2 jobs completed"));
  work_off("test $HOLDFAST_JOB_ID != b || exit 65; " + std::string(kSucceeds));
  const std::string json = of_group({"status", "--group", "night", "--json"}, 0);
  EXPECT_TRUE(contains(json, R"({"group":"night","jobs":2,"unclaimed":0,"running":0,"waiting":0,)"
                             R"("completed":1,"dead":1,"cancelled":0,"spent":{"paid":)"));
  EXPECT_TRUE(contains(json, R"(},"cost":null,"stopped":null})")) << json;
  const std::string list = of_group({"list", "--group", "night.csv", "--json"}, 0);
  EXPECT_TRUE(contains(list, R"("job_id":"a")")) << list;
  EXPECT_FALSE(contains(list, R"("job_id":"c")")) << list;
  of_group({"fetch", "--group", "day", "--to", path("out")}, 0);
  EXPECT_EQ(read(path("out/c/result.txt")), "done\n");
  EXPECT_FALSE(fs::exists(path("out/a")));
  EXPECT_TRUE(contains(of_group({"dead", "requeue", "--group", "day"}, 0), "0 jobs back"));
  EXPECT_TRUE(contains(of_group({"dead", "requeue", "--group", "night"}, 0), "1 job back"));
  EXPECT_TRUE(contains(of_group({"cancel", "--group", "night"}, 1), "b: cancelled"));
}

TEST_F(CliGroupsTest, AReportOfAGroupHoldsItsJobsAndThoseNotTaken) {
  submit_two();
  const std::string before = of_group({"report", "--group", "night"}, 0);
  EXPECT_TRUE(contains(before, "not taken   2 by any worker yet")) << before;
  work_off("test $HOLDFAST_JOB_ID != b || exit 65; " + std::string(kSucceeds));
  const std::string text = of_group({"report", "--group", "night"}, 0);
  EXPECT_TRUE(contains(text, "2, 1 completed, 1 dead")) << text;
  EXPECT_FALSE(contains(text, "not taken")) << text;
  const std::string json = of_group({"report", "--group", "day", "--json"}, 0);
  EXPECT_TRUE(contains(json, R"("group":"day","group_jobs":1)"));
  EXPECT_TRUE(contains(json, R"("job_id":"c")"));
  EXPECT_FALSE(contains(json, R"("job_id":"a")"));
}

TEST_F(CliGroupsTest, AListFindsJobsByTheirOwnFieldsAndShowsThem) {
  run(joined({"submit", write("lr.csv", "job_id,lr,seed\na,1e-3,1\nb,0.01,2\nc,0.001,3\n")},
             places()),
      0);
  work_off("test $HOLDFAST_JOB_ID != b || exit 65; " + std::string(kSucceeds));
  // As a number, however it is written.
  const std::string found =
      of_group({"list", "--where", "lr=1e-3", "--columns", "job,seed,state", "--sort", "id"}, 0);
  EXPECT_TRUE(contains(found, "JOB  seed  STATE\na    1     completed\nc    3     completed\n"))
      << found;
  const std::string json =
      of_group({"list", "--where", "lr=0.01", "--where", "seed=2", "--columns", "lr", "--json"}, 0);
  EXPECT_TRUE(contains(json, R"("job_id":"b","state":"dead")")) << json;
  EXPECT_TRUE(contains(json, R"("fields":{"lr":"0.01"})")) << json;
  EXPECT_TRUE(contains(of_group({"list", "--where", "seed=7"}, 0), "No job matches"));
  EXPECT_TRUE(contains(of_group({"list", "--where", "seed"}, 2), "is not FIELD=VALUE"));
  EXPECT_TRUE(contains(of_group({"list", "--columns", "job,,lr"}, 2), "has an empty name"));
}

TEST_F(CliGroupsTest, WaitKnowsJobsThatNoWorkerHasTaken) {
  submit_two();
  EXPECT_TRUE(contains(of_group({"wait", "--group", "night", "--timeout", "300ms"}, 124),
                       "2 have not ended"));
  const auto waiter = start(joined({"wait", "--group", "night"}, places()));
  work_off(kSucceeds);
  EXPECT_EQ(waiter->ends(kEventTime), 0) << waiter->output();
}

TEST_F(CliGroupsTest, AnUnknownGroupIsToldAndTheNearestNamed) {
  submit_two();
  const std::string output = of_group({"wait", "--group", "nigth"}, 2);
  EXPECT_TRUE(contains(output, "there is no group 'nigth' in this store; did you mean night?"))
      << output;
  EXPECT_TRUE(contains(of_group({"submit", path("day.csv"), "--group", "a/b"}, 2),
                       "names no group: the group \"a/b\" has a character"));
  EXPECT_TRUE(contains(of_group({"cancel"}, 2), "name the jobs"));
}

TEST_F(CliGroupsTest, WithoutAStoreJobsAreSubmittedAndHaveNoGroup) {
  const Words queue = {"--queue", "sqlite:" + path("queue")};
  const std::string list = write("night.csv", "job_id\na\n");
  EXPECT_TRUE(contains(run(joined({"submit", list, "--group", "g"}, queue), 2), "R2_BUCKET_NAME"));
  EXPECT_TRUE(contains(run(joined({"submit", list}, queue), 0), "1 job submitted"));
  // The same again sends nothing and notes the group.
  EXPECT_TRUE(contains(run(joined({"submit", list}, places()), 0), "0 jobs submitted"));
  EXPECT_TRUE(contains(of_group({"status", "--group", "night"}, 0), "0 of 1 jobs completed"));
}

TEST_F(CliGroupsTest, ASweepRunsEveryCombinationAndWidenedOnlyWhatIsNew) {
  const std::string script =
      write("t.sh", "echo $1 $2 >> " + path("ran") + "; echo $1$2 > $HOLDFAST_OUTPUT_DIR/r\n");
  const auto sweep = [&](const std::string& seeds) {
    return "cd " + path("") + " && $HOLDFAST run --sweep lr=1e-3,0.10 --sweep seed=" + seeds +
           " --to out -- /bin/sh " + script + " {lr} {seed} 2>&1";
  };
  EXPECT_TRUE(contains(shell(sweep("0..1"), 0), "4 of 4 jobs completed"));
  EXPECT_EQ(read(path("out/lr=0.10:seed=1/r")), "0.101\n");
  EXPECT_TRUE(contains(shell(sweep("0..2"), 0), "6 of 6 jobs completed"));
  const std::string ran = read(path("ran"));
  EXPECT_EQ(std::count(ran.begin(), ran.end(), '\n'), 6) << ran;
  const std::string state = path("sweep-lr-seed.holdfast");
  EXPECT_TRUE(contains(run({"status", "--state", state, "--group", "sweep-lr-seed"}, 0),
                       "6 of 6 jobs completed"));
  run({"fetch", "--state", state, "--to", path("all")}, 0);
  EXPECT_TRUE(fs::exists(path("all/lr=1e-3:seed=2/r")));
}

TEST_F(CliGroupsTest, ADryRunPrintsTheJobsAndDoesNothing) {
  const std::string jobs = run({"run", "--array", "0-1", "--group", "july", "--dry-run", "--state",
                                path("state"), "--", "/bin/true"},
                               0);
  EXPECT_EQ(
      jobs,
      "{\"job_id\":\"july:index=0\",\"index\":0}\n{\"job_id\":\"july:index=1\",\"index\":1}\n");
  EXPECT_FALSE(fs::exists(path("state")));
  const std::string list = write("jobs.csv", "job_id,n\nx,1\n");
  EXPECT_EQ(of_group({"submit", list, "--dry-run"}, 0), "{\"job_id\":\"x\",\"n\":1}\n");
  EXPECT_FALSE(fs::exists(path("queue")));
  EXPECT_TRUE(
      contains(run({"run", list, "--sweep", "a=1", "--", "/bin/true"}, 2), "either by the list"));
  EXPECT_TRUE(contains(run({"run", "--sweep", "a=1", "--sweep", "a=2", "--", "/bin/true"}, 2),
                       "names the parameter a a second time"));
}

TEST_F(CliGroupsTest, WhoAskedToBeToldTakesItBack) {
  const std::string url = "https://hooks.invalid/T0";
  run(joined({"submit", write("night.csv", "job_id\na\n"), "--notify", url}, places()), 0);
  work_off(kSucceeds);
  const auto notify = [&](const Words& words, int code) {
    return run(joined(joined({"notify"}, words), places()), code);
  };
  EXPECT_TRUE(contains(notify({"--missed", "--dry-run"}, 0), "Would be sent to "));
  EXPECT_TRUE(contains(notify({"--off"}, 2), "--off needs JOB, --group NAME or --notify URL"));
  EXPECT_TRUE(contains(notify({"--missed", "a"}, 2), "jobs are named only with --off"));
  EXPECT_TRUE(contains(notify({"--off", "a"}, 0), "Turned off: job a"));
  const std::string missed = notify({"--missed", "--dry-run"}, 0);
  EXPECT_FALSE(contains(missed, "Job a ")) << missed;
  EXPECT_TRUE(contains(missed, "Group night")) << missed;
  EXPECT_TRUE(
      contains(notify({"--off", "--group", "day"}, 0), "There were no such notifications."));
  EXPECT_TRUE(
      contains(notify({"--off", "--notify", url + "/x"}, 0), "There were no such notifications."));
  EXPECT_TRUE(contains(notify({"--off", "--group", "night"}, 0), "Turned off: group night, to "));
  EXPECT_TRUE(contains(notify({"--missed", "--dry-run"}, 0), "Nobody has asked"));
}

}  // namespace
}  // namespace holdfast::test
