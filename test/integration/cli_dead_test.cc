// holdfast dead: what a person sees of dead jobs, and how they come back.
#include <signal.h>

#include <random>

#include "adapters/local/system_clock.h"
#include "adapters/sqlite/sqlite_publisher.h"
#include "integration/cli_operate_fixture.h"

namespace holdfast::test {
namespace {

class CliDeadTest : public CliOperateTest {
 protected:
  std::string dead(const Words& words, int code) const {
    Words all = joined({"dead"}, words);
    const bool both = words[0] == "show" || words[0] == "requeue" || words[0] == "drop";
    return run(joined(all, both ? places() : Words{"--queue", "sqlite:" + path("queue")}), code);
  }
  void publish_rubbish(const std::string& body) const { publish(body, Destination::queue); }
  void publish(const std::string& body, Destination destination) const {
    const SystemClock clock;
    SqlitePublisher publisher(path("queue"), clock);
    Message message;
    message.destination = destination;
    message.body = body;
    message.message_id = "m9";
    publisher.send(std::move(message), clock.now());
    EXPECT_EQ(publisher.take_confirmed(clock.now()).size(), 1u);
  }
};

TEST_F(CliDeadTest, ADeadJobIsListedAndShownWithTheEndOfWhatItPrinted) {
  submit_ids("a\nb\n");
  work_off(kRefuses);
  const std::string list = dead({"list"}, 0);
  EXPECT_TRUE(contains(list, "JOB  REASON   ATTEMPTS  WORKER")) << list;
  EXPECT_TRUE(contains(list, "\na    refused  1 ")) << list;
  EXPECT_TRUE(contains(list, "\nb    refused  1 ")) << list;
  const std::string json = dead({"list", "--json"}, 0);
  EXPECT_TRUE(contains(json, R"({"name":"a","job_id":"a","reason":"refused",)")) << json;
  EXPECT_TRUE(contains(json, R"("attempts":1,)")) << json;
  EXPECT_TRUE(contains(dead({"list", "--reason", "failed"}, 0), "No job is dead with the reason"));

  const std::string shown = dead({"show", "a"}, 0);
  EXPECT_TRUE(contains(shown, "reason       refused")) << shown;
  EXPECT_TRUE(contains(shown, "a: dead (refused)")) << shown;
  EXPECT_TRUE(contains(shown, "  | about to refuse\n")) << shown;
  const std::string shown_json = dead({"show", "a", "--json"}, 0);
  EXPECT_TRUE(contains(shown_json, R"("output":"about to refuse\n")")) << shown_json;
  EXPECT_TRUE(contains(dead({"show", "c"}, 1), "no dead letter of c"));
}

TEST_F(CliDeadTest, AJobThatIsPutBackRunsAndTheOthersStayDead) {
  submit_ids("a\nb\nc\n");
  work_off(kRefuses);
  EXPECT_TRUE(contains(dead({"requeue"}, 2), "name the dead jobs"));
  EXPECT_TRUE(contains(dead({"requeue", "--all", "a"}, 2), "name the dead jobs"));
  EXPECT_TRUE(contains(dead({"requeue", "a"}, 0), "a: back in the queue"));
  EXPECT_TRUE(contains(status("a"), R"("state":"waiting")"));
  work_off(kSucceeds);
  EXPECT_EQ(read(path("store/a/result.txt")), "done\n");
  EXPECT_TRUE(contains(status("a"), R"("attempt":2)"));
  EXPECT_TRUE(contains(status("b"), R"("state":"dead")"));
  EXPECT_TRUE(contains(dead({"requeue", "a", "b"}, 1), "a: is not dead"));
  EXPECT_TRUE(contains(dead({"requeue", "--reason", "refused"}, 0), "1 job back in the queue"));
  EXPECT_TRUE(contains(dead({"list"}, 0), "No job is dead."));
}

TEST_F(CliDeadTest, KilledAtRandomMomentsAndRepeatedEachJobComesBackAndRunsOnce) {
  constexpr int kJobs = 30;
  constexpr int kKills = 12;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::string ids;
  for (int i = 0; i < kJobs; ++i) ids += "job-" + std::to_string(i) + "\n";
  submit_ids(ids);
  work_off("exit 65");
  for (int kill = 0; kill < kKills; ++kill) {
    const auto program = start(joined({"dead", "requeue", "--all"}, places()));
    const int code = program->ends(std::chrono::milliseconds(5 + random() % 150));
    ASSERT_TRUE(code == 0 || code == -1) << program->output();
    program->kill();
  }
  dead({"requeue", "--all"}, 0);
  EXPECT_TRUE(contains(dead({"list"}, 0), "No job is dead."));
  work_off(kSucceeds);
  for (int i = 0; i < kJobs; ++i) {
    const std::string said = status("job-" + std::to_string(i));
    EXPECT_TRUE(contains(said, R"("state":"completed","attempt":2,)")) << said;
  }
}

TEST_F(CliDeadTest, AMessageThatIsNoJobIsShownExportedAndPutBackByItsNameOnly) {
  submit_ids("a\n");
  publish_rubbish("{\"job\": 7}");
  work_off(kRefuses);
  const std::string list = dead({"list"}, 0);
  const std::size_t at = list.find("message/");
  ASSERT_NE(at, std::string::npos) << list;
  const std::string name = list.substr(at, list.find(' ', at) - at);
  EXPECT_TRUE(contains(list, "bad_message")) << list;
  EXPECT_TRUE(contains(dead({"show", name}, 0), "message      {\"job\": 7}"));
  EXPECT_EQ(dead({"export", name}, 0), "{\"job\": 7}");
  EXPECT_TRUE(contains(dead({"export"}, 0), "1 message is not a job and left out"));
  EXPECT_TRUE(contains(dead({"requeue", "--all"}, 0), "1 job back in the queue"));
  EXPECT_TRUE(contains(dead({"list"}, 0), name));
  dead({"requeue", name}, 0);
  EXPECT_TRUE(contains(dead({"list"}, 0), "No job is dead."));
}

TEST_F(CliDeadTest, WhatIsExportedCanBeSubmittedElsewhereAndItsLettersStay) {
  submit_ids("a\nb\n");
  work_off(kRefuses);
  shell("$HOLDFAST dead export --queue sqlite:" + path("queue") + " > " + path("dead.jsonl"), 0);
  EXPECT_EQ(read(path("dead.jsonl")), "{\"job_id\":\"a\"}\n{\"job_id\":\"b\"}\n");
  const std::string other = "sqlite:" + path("other");
  EXPECT_TRUE(
      contains(run({"submit", path("dead.jsonl"), "--queue", other}, 0), "2 jobs submitted"));
  EXPECT_EQ(dead({"export", "b"}, 0), "{\"job_id\":\"b\"}\n");
  EXPECT_TRUE(contains(dead({"export", "c"}, 1), "c: has no dead letter"));
  EXPECT_TRUE(contains(dead({"list"}, 0), "\nb "));
}

TEST_F(CliDeadTest, ADroppedLetterIsOffTheListAndItsJobCanStillComeBack) {
  submit_ids("a\nb\n");
  work_off(kRefuses);
  dead({"drop"}, 2);
  EXPECT_TRUE(contains(dead({"drop", "a", "c"}, 1), "c: has no dead letter"));
  EXPECT_FALSE(contains(dead({"list"}, 0), "\na "));
  EXPECT_TRUE(contains(dead({"list"}, 0), "\nb "));
  EXPECT_TRUE(contains(status("a"), R"("state":"dead")"));
  dead({"requeue", "a"}, 0);
  work_off(kSucceeds);
  EXPECT_EQ(read(path("store/a/result.txt")), "done\n");
}

// It may be the only message that there is of the job.
TEST_F(CliDeadTest, TheLetterOfAJobThatHasNotEndedIsNotDropped) {
  submit_ids("a\nb\n");
  work_off(kRefuses);
  dead({"requeue", "a"}, 0);
  publish(R"({"job_id":"a"})", Destination::dead);
  publish(R"({"job_id":"unseen"})", Destination::dead);
  const std::string said = dead({"drop", "--all"}, 1);
  EXPECT_TRUE(contains(said,
                       "a: its dead letter stays, because the job has not ended; it is waiting; "
                       "requeue or cancel it first"))
      << said;
  EXPECT_TRUE(
      contains(said, "unseen: its dead letter stays, because no worker has claimed the job yet"))
      << said;
  EXPECT_TRUE(contains(said, "b: its dead letter was removed")) << said;
  const std::string list = dead({"list"}, 0);
  EXPECT_TRUE(contains(list, "\na ") && contains(list, "\nunseen ")) << list;
}

TEST_F(CliDeadTest, TheStateFolderOfARunServesAsWell) {
  const std::string list = write("run.csv", "job_id\nx\n");
  const Words fails{"run", list, "--failures-max", "1", "--", "/bin/sh", "-c", "exit 3"};
  const std::string output = run(fails, 1);
  EXPECT_TRUE(contains(output, "holdfast dead")) << output;
  const std::string state = list + ".holdfast";
  EXPECT_TRUE(contains(run({"dead", "list", "--state", state}, 0), "\nx    failed  1 "));
  EXPECT_TRUE(contains(run({"dead", "show", "x", "--state", state}, 0), "exit code 3"));
  run({"dead", "requeue", "--all", "--state", state}, 0);
  run({"run", list, "--", "/bin/sh", "-c", kSucceeds}, 0);
  EXPECT_EQ(read(state + "/store/x/result.txt"), "done\n");
}

TEST_F(CliDeadTest, ARunDoesNotTakeADeadJobForCompletedWhoseLetterWasDropped) {
  const std::string list = write("run.csv", "job_id\nx\ny\n");
  const std::string script = "test $HOLDFAST_JOB_ID = y || exit 65; " + std::string(kSucceeds);
  const Words words{"run", list, "--", "/bin/sh", "-c", script};
  run(words, 1);
  run({"dead", "drop", "x", "--state", list + ".holdfast"}, 0);
  const std::string output = run(words, 1);
  EXPECT_TRUE(contains(output, "1 of 2 jobs completed")) << output;
  EXPECT_TRUE(contains(output, "1 without a dead letter, because it was dropped")) << output;
}

TEST_F(CliDeadTest, WhereThereIsNoQueueNoneIsMade) {
  EXPECT_TRUE(contains(dead({"list"}, 2), "there is no queue in"));
  EXPECT_FALSE(std::filesystem::exists(path("queue")));
}

}  // namespace
}  // namespace holdfast::test
