// holdfast run: one machine, nothing else needed, killed whenever.
#include <signal.h>

#include <random>

#include "integration/cli_fixture.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

class CliRunTest : public CliTest {
 protected:
  static Words run_words(const std::string& list, const std::string& step_ms,
                         const Words& more = {}) {
    Words words{"run", list, "--slots", "2", "--checkpoint-pause", "20ms"};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {"--", SLOW_SUM, "--steps", "{steps}", "--step-ms", step_ms});
    return words;
  }

  std::string result(const std::string& list, const std::string& job) const {
    return read(list + ".holdfast/store/" + job + "/result.txt");
  }

  void expect_sums(const std::string& list, const std::string& prefix, int count, int steps) const {
    for (int i = 0; i < count; ++i) {
      const std::string job = prefix + "-" + std::to_string(i);
      EXPECT_EQ(result(list, job), sum_to(steps)) << job;
    }
  }
};

TEST_F(CliRunTest, AListIsWorkedOffAndASecondRunFindsNothingLeft) {
  const std::string list = write_list("jobs.csv", "job", 5, 4);
  const std::string first = run(run_words(list, "5"), 0);
  EXPECT_TRUE(contains(first, "5 jobs submitted")) << first;
  EXPECT_TRUE(contains(first, "5 of 5 jobs completed")) << first;
  expect_sums(list, "job", 5, 4);
  EXPECT_TRUE(contains(read(list + ".holdfast/logs/job-3.log"), "Step 4, sum 10\n"));

  const std::string second = run(run_words(list, "5"), 0);
  EXPECT_TRUE(contains(second, "nothing left to do")) << second;
  EXPECT_FALSE(contains(second, "started")) << second;
}

TEST_F(CliRunTest, KilledAtRandomMomentsAndStartedAgainItEndsWithAllSums) {
  constexpr int kJobs = 6;
  constexpr int kSteps = 12;
  constexpr int kKillsMax = 40;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string list = write_list("jobs.csv", "job", kJobs, kSteps);
  const Words words = run_words(list, "40");
  int code = 1;
  int kills = 0;
  for (; kills < kKillsMax && code != 0; ++kills) {
    const auto program = start(words);
    code = program->ends(std::chrono::milliseconds(random() % 700));
    ASSERT_TRUE(code == 0 || code == -1) << program->output();
    program->kill();
  }
  if (code != 0) run(words, 0);
  EXPECT_GE(kills, 2) << "it was never killed";
  expect_sums(list, "job", kJobs, kSteps);
  const std::string again = run(words, 0);
  EXPECT_TRUE(contains(again, "6 of 6 jobs completed")) << again;
}

TEST_F(CliRunTest, AKilledRunGoesOnFromTheNewestCheckpoint) {
  const std::string list = write_list("jobs.csv", "job", 1, 30);
  const Words words = run_words(list, "30");
  {
    const auto first = start(words);
    ASSERT_TRUE(first->says("checkpoint stored", kEventTime)) << first->output();
    first->kill();
  }
  run(words, 0);
  expect_sums(list, "job", 1, 30);
  const std::string log = read(list + ".holdfast/logs/job-0.log");
  const std::size_t second_start = log.rfind("Starting step: ");
  ASSERT_NE(second_start, std::string::npos) << log;
  EXPECT_FALSE(log.substr(second_start).starts_with("Starting step: 0 ")) << log;
}

TEST_F(CliRunTest, CtrlCTakesLastCheckpointsAndSaysHowToGoOn) {
  const std::string list = write_list("jobs.csv", "job", 2, 40);
  const Words words = run_words(list, "30");
  const auto first = start(words);
  ASSERT_TRUE(first->says("checkpoint stored", kEventTime)) << first->output();
  first->signal(SIGINT);
  EXPECT_EQ(first->ends(kEventTime), 128 + SIGINT) << first->output();
  EXPECT_TRUE(contains(first->output(), "run the same command again")) << first->output();
  run(words, 0);
  expect_sums(list, "job", 2, 40);
}

TEST_F(CliRunTest, ASecondCtrlCEndsAtOnceAndTakesTheTasksAlong) {
  const std::string list = write("jobs.csv", "job_id\nstubborn\n");
  const std::string script = write(
      "stubborn.sh", "trap '' TERM\necho $$ > " + path("pid") + "\nwhile :; do sleep 0.1; done\n");
  const auto program = start({"run", list, "--grace", "10m", "--", "/bin/sh", script});
  ASSERT_TRUE(program->says("started", kEventTime)) << program->output();
  while (read(path("pid")).empty()) ASSERT_FALSE(program->says("never said", 20ms));
  program->signal(SIGTERM);
  ASSERT_TRUE(program->says("Press Ctrl-C again to end at once", kEventTime));
  program->signal(SIGTERM);
  EXPECT_EQ(program->ends(kEventTime), 128 + SIGTERM);
  const std::string task = "/proc/" + read(path("pid")).substr(0, read(path("pid")).find('\n'));
  const auto until = std::chrono::steady_clock::now() + kEventTime;
  while (std::filesystem::exists(task) && std::chrono::steady_clock::now() < until) {
    shell("sleep 0.02", 0);
  }
  EXPECT_FALSE(std::filesystem::exists(task));
}

TEST_F(CliRunTest, DeadJobsAreNamedWithReasonsAndTheExitCodeTells) {
  const std::string list = write("jobs.csv", "job_id,code\ngood,0\nrefused,65\nfailing,3\n");
  const Words words{"run",     list, "--failures-max", "1",  "--",
                    "/bin/sh", "-c", "exit $1",        "sh", "{code}"};
  const std::string first = run(words, 1);
  EXPECT_TRUE(contains(first, "refused: dead: the program refused the job (exit code 65)"))
      << first;
  EXPECT_TRUE(contains(first, "  refused: the program refused the job (exit code 65)")) << first;
  EXPECT_TRUE(contains(first, "failing: failed, exit code 3")) << first;
  EXPECT_TRUE(contains(first, "1 of 3 jobs completed")) << first;
  EXPECT_TRUE(contains(run(words, 1), "2 jobs are dead"));
}

TEST_F(CliRunTest, AFailedJobIsTriedAgainSoon) {
  const std::string list = write("jobs.csv", "job_id\nflaky\n");
  const std::string once =
      "test -e " + path("tried") + " || { touch " + path("tried") + "; exit 3; }";
  const std::string output = run({"run", list, "--", "/bin/sh", "-c", once}, 0);
  EXPECT_TRUE(contains(output, "will run again, exit code 3")) << output;
  EXPECT_TRUE(contains(output, "attempt 2")) << output;
}

TEST_F(CliRunTest, JobsAddedLaterAreDoneAndChangedOnesWarnedOf) {
  const std::string list = write("jobs.csv", "job_id,steps\na,2\n");
  run(run_words(list, "1"), 0);
  write("jobs.csv", "job_id,steps\na,3\nb,4\n");
  const std::string second = run(run_words(list, "1"), 0);
  EXPECT_TRUE(
      contains(second, "1 job of " + list + " differs from what was submitted ('a' in line 2)"))
      << second;
  EXPECT_EQ(result(list, "a"), sum_to(2));
  EXPECT_EQ(result(list, "b"), sum_to(4));
}

TEST_F(CliRunTest, TwoRunsCannotShareAState) {
  const std::string list = write_list("jobs.csv", "job", 1, 1000);
  const auto first = start(run_words(list, "50"));
  ASSERT_TRUE(first->says("started", kEventTime)) << first->output();
  const std::string second = run(run_words(list, "50"), 2);
  EXPECT_TRUE(contains(second, "another holdfast run")) << second;
}

TEST_F(CliRunTest, AListFromAPipeNeedsAState) {
  const std::string words = " -- " SLOW_SUM " --step-ms 1";
  EXPECT_TRUE(contains(shell("echo x | $HOLDFAST run -" + words, 2), "--state"));
  shell("printf 'job_id,steps\\na,3\\n' | $HOLDFAST run - --state " + path("s") + words, 0);
  shell("echo '{\"job_id\":\"b\",\"steps\":4}' | $HOLDFAST run - --state " + path("s") + words, 0);
  EXPECT_EQ(read(path("s/store/a/result.txt")), sum_to(3));
  EXPECT_EQ(read(path("s/store/b/result.txt")), sum_to(4));
}

TEST_F(CliRunTest, StatusShowsWhatTheRunLeft) {
  const std::string list = write("jobs.csv", "job_id,code\ngood,0\nbad,65\n");
  run({"run", list, "--", "/bin/sh", "-c", "echo 7 > $HOLDFAST_OUTPUT_DIR/answer; exit $1", "sh",
       "{code}"},
      1);
  const std::string state = list + ".holdfast";
  const std::string counts = run({"status", "--state", state, "--json"}, 0);
  EXPECT_TRUE(counts.starts_with(
      R"({"queue":{"waiting":0,"in_flight":0,"retrying":0,"held":0,"dead":1},)"
      R"("store":{"running":0,)"
      R"("waiting":0,"completed":1,"dead":1,"cancelled":0,"others":0,"damaged":0,)"
      R"("lag_seconds_max":0,"by":"index"},"at_risk":{"seconds":0,"job_id":null},)"
      R"("throughput":{"completed":1,)"))
      << counts;
  EXPECT_TRUE(counts.ends_with("\"forecast\":null,\"unfit_workers\":[],\"stopped_groups\":[]}\n"))
      << counts;
  EXPECT_TRUE(contains(run({"status", "--state", state, "good"}, 0), "good/answer, 2 bytes"));
  EXPECT_TRUE(
      contains(run({"status", "--state", state, "good"}, 0), "made by      /bin/sh -c 'echo 7"));
  EXPECT_TRUE(contains(run({"status", "--state", state, "good", "--json"}, 0),
                       R"($HOLDFAST_OUTPUT_DIR/answer; exit $1","sh","0"],"version":"0.)"));
  EXPECT_TRUE(contains(run({"status", "--state", state, "bad", "--json"}, 0),
                       R"("state":"dead","attempt":1)"));
}

TEST_F(CliRunTest, AScriptInsideAJobCanTakeACheckpoint) {
  const std::string list = write("jobs.csv", "job_id\na\n");
  const std::string script =
      write("task.sh",
            "if [ -e $HOLDFAST_CHECKPOINT_DIR/kept ]; then\n"
            "  cp $HOLDFAST_CHECKPOINT_DIR/kept $HOLDFAST_OUTPUT_DIR/result\n"
            "  exit 0\n"
            "fi\n"
            "echo whole > $HOLDFAST_CHECKPOINT_DIR/kept\n"
            "$HOLDFAST checkpoint || exit 65\n"
            "echo checkpoint taken\n"
            "exec sleep 600\n");
  const Words words{"run", list, "--checkpoint-every", "0", "--", "/bin/sh", script};
  {
    const auto first = start(words);
    ASSERT_TRUE(first->says("checkpoint stored", kEventTime)) << first->output();
    first->kill();
  }
  run(words, 0);
  EXPECT_EQ(read(list + ".holdfast/store/a/result"), "whole\n");
  EXPECT_TRUE(contains(run({"checkpoint"}, 0), "no worker runs this script"));
}

}  // namespace
}  // namespace holdfast::test
