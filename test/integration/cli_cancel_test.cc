// holdfast cancel: in every state a job ends as cancelled, and stays so.
#include <signal.h>

#include "core/job.h"
#include "core/store_layout.h"
#include "integration/cli_operate_fixture.h"

namespace holdfast::test {
namespace {

class CliCancelTest : public CliOperateTest {
 protected:
  std::string cancel(const Words& words, int code) const {
    return run(joined(joined({"cancel"}, words), store()), code);
  }
};

TEST_F(CliCancelTest, AJobThatNoWorkerHasSeenNeverRuns) {
  submit_ids("a\nb\n");
  std::filesystem::create_directories(path("store"));
  EXPECT_TRUE(contains(cancel({"a"}, 0), "a: cancelled; no worker had seen it yet"));
  work_off(kSucceeds);
  EXPECT_FALSE(std::filesystem::exists(path("store/a/result.txt")));
  EXPECT_EQ(read(path("store/b/result.txt")), "done\n");
  EXPECT_TRUE(contains(status("a"), R"("state":"cancelled","attempt":0,)"));
  const std::string people = run(joined({"status", "a"}, places()), 0);
  EXPECT_TRUE(contains(people, "a: cancelled by ")) << people;
  EXPECT_TRUE(contains(run(joined({"status"}, places()), 0), "cancelled    1"));
}

TEST_F(CliCancelTest, ARunningProgramIsStoppedAndItsResultNeverThere) {
  submit_ids("a\nb\n");
  const auto worker = start(work_on(
      {"--watch-every", "200ms"},
      "test $HOLDFAST_JOB_ID != a || { echo up; exec sleep 300; }; " + std::string(kSucceeds)));
  ASSERT_TRUE(worker->says("a | up", kEventTime)) << worker->output();
  const std::string output = cancel({"a"}, 0);
  EXPECT_TRUE(contains(output, "a: cancelled; ")) << output;
  EXPECT_TRUE(contains(output, " has stopped it")) << output;
  ASSERT_TRUE(worker->says("job completed job=b", kEventTime)) << worker->output();
  EXPECT_TRUE(contains(status("a"), R"("state":"cancelled")"));
  EXPECT_FALSE(std::filesystem::exists(path("store/a/result.txt")));

  submit_ids("a\nc\n");
  ASSERT_TRUE(worker->says("job completed job=c", kEventTime)) << worker->output();
  EXPECT_TRUE(contains(status("a"), R"("state":"cancelled","attempt":1,)"));
  worker->signal(SIGTERM);
  EXPECT_EQ(worker->ends(kEventTime), 0);
}

TEST_F(CliCancelTest, AWorkerThatDoesNotLookIsToldOf) {
  submit_ids("a\n");
  {
    const auto worker = start(work_on({}, "echo up; exec sleep 300"));
    ASSERT_TRUE(worker->says("a | up", kEventTime)) << worker->output();
    worker->kill();
  }
  EXPECT_TRUE(
      contains(cancel({"a", "--wait", "1s"}, 1), "did not confirm in time that it stopped"));
  EXPECT_TRUE(contains(cancel({"a"}, 0), "a: was already cancelled by "));
  work_off(kSucceeds);
  EXPECT_FALSE(std::filesystem::exists(path("store/a/result.txt")));
}

TEST_F(CliCancelTest, ASignalEndsTheWaitAndWhatIsCancelledIsSaid) {
  submit_ids("a\n");
  {
    const auto worker = start(work_on({}, "echo up; exec sleep 300"));
    ASSERT_TRUE(worker->says("a | up", kEventTime)) << worker->output();
    worker->kill();
  }
  const auto program = start(joined({"cancel", "a", "--wait", "1h"}, store()));
  const auto until = std::chrono::steady_clock::now() + kEventTime;
  while (!contains(status("a"), R"("state":"cancelled")") &&
         std::chrono::steady_clock::now() < until) {
  }
  program->signal(SIGTERM);
  EXPECT_EQ(program->ends(kEventTime), 128 + SIGTERM) << program->output();
  EXPECT_TRUE(contains(program->output(), "a: cancelled; ")) << program->output();
}

TEST_F(CliCancelTest, ADamagedJobDoesNotKeepTheOthersFromBeingCancelled) {
  submit_ids("a\nb\n");
  const std::string record = "store/" + StoreLayout(*JobId::parse("a")).record(1);
  std::filesystem::create_directories(std::filesystem::path(path(record)).parent_path());
  write(record, "no record");
  const std::string output = cancel({"a", "b"}, 1);
  EXPECT_TRUE(contains(output, "a: unchanged, because ")) << output;
  EXPECT_TRUE(contains(output, "b: cancelled; no worker had seen it yet")) << output;
  EXPECT_TRUE(contains(cancel({"a", "--json"}, 1), R"("outcome":"damaged","was":"unknown")"));
}

TEST_F(CliCancelTest, WhatHasEndedStaysAndIsSaid) {
  submit_ids("good\nbad\n");
  work_off("test $HOLDFAST_JOB_ID = good || exit 65; " + std::string(kSucceeds));
  const std::string output = cancel({"good", "bad"}, 1);
  EXPECT_TRUE(contains(output, "good: is already completed; its result stays")) << output;
  EXPECT_TRUE(contains(output, "bad: is already dead (refused)")) << output;
  const std::string json = cancel({"good", "--json"}, 1);
  EXPECT_TRUE(contains(json, R"({"job_id":"good","outcome":"completed","was":"completed",)"));
}

TEST_F(CliCancelTest, ACancelledJobComesBackOnlyIfThatIsMeant) {
  submit_ids("a\n");
  std::filesystem::create_directories(path("store"));
  const auto worker = start(work_on({"--watch-every", "200ms", "--until-empty"}, "exec sleep 300"));
  ASSERT_TRUE(worker->says("job claimed", kEventTime)) << worker->output();
  cancel({"a"}, 0);
  EXPECT_EQ(worker->ends(kEventTime), 0) << worker->output();
  run(joined({"dead", "requeue", "a"}, places()), 1);
  EXPECT_TRUE(contains(status("a"), R"("state":"cancelled")"));
  run(joined({"dead", "requeue", "a", "--even-cancelled"}, places()), 0);
  work_off(kSucceeds);
  EXPECT_EQ(read(path("store/a/result.txt")), "done\n");
}

TEST_F(CliCancelTest, OneThatWasCancelledBeforeAWorkerSawItComesBackOnceOneHas) {
  submit_ids("a\nb\n");
  std::filesystem::create_directories(path("store"));
  cancel({"a", "b"}, 0);
  const Words requeue = joined({"dead", "requeue", "a", "--even-cancelled"}, places());
  const std::string said = run(requeue, 1);
  EXPECT_TRUE(contains(said, "a: may run again, but the store has no copy of its message")) << said;
  EXPECT_TRUE(contains(said, "submit it again")) << said;
  work_off(kSucceeds);
  EXPECT_EQ(read(path("store/a/result.txt")), "done\n") << "its message still waited";
  EXPECT_TRUE(contains(status("b"), R"("state":"cancelled")"));
  run(joined({"dead", "requeue", "b", "--even-cancelled"}, places()), 0);
  work_off(kSucceeds);
  EXPECT_EQ(read(path("store/b/result.txt")), "done\n");
}

TEST_F(CliCancelTest, ARunCountsWhatWasCancelledByItself) {
  const std::string list = write("run.csv", "job_id\nx\ny\n");
  const std::string state = list + ".holdfast";
  std::filesystem::create_directories(state + "/store");
  run({"cancel", "y", "--state", state}, 0);
  const std::string output = run({"run", list, "--", "/bin/sh", "-c", kSucceeds}, 0);
  EXPECT_TRUE(contains(output, "1 of 2 jobs completed, 1 cancelled")) << output;
}

TEST_F(CliCancelTest, WhatIsNoIdIsAMistake) {
  std::filesystem::create_directories(path("store"));
  cancel({"../a"}, 2);
  EXPECT_TRUE(std::filesystem::is_empty(path("store")));
}

}  // namespace
}  // namespace holdfast::test
