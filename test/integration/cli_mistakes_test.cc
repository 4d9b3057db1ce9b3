// Bad input: one clear sentence, the right exit code, and nothing done.
#include "integration/cli_fixture.h"

namespace holdfast::test {
namespace {

class CliMistakesTest : public CliTest {
 protected:
  // Submits `text` as a list; the output. Nothing may arrive in the queue.
  std::string refused(const std::string& name, std::string_view text) const {
    const std::string list = write(name, text);
    const std::string queue = "sqlite:" + path("queue");
    const std::string output = run({"submit", list, "--queue", queue}, 2);
    EXPECT_FALSE(std::filesystem::exists(path("queue/queue.sqlite"))) << "something was submitted";
    EXPECT_TRUE(contains(output, "nothing was submitted")) << output;
    return output;
  }
};

TEST_F(CliMistakesTest, AllMistakesOfAListAreNamedWithTheirLines) {
  const std::string output = refused("jobs.csv", "job_id,steps\na,1\n../x,2\nb\na,3\n,4\na b,5\n");
  for (const char* line : {"line 3:", "line 4:", "line 5:", "line 6:", "line 7:"}) {
    EXPECT_TRUE(contains(output, line)) << line << " in " << output;
  }
  EXPECT_FALSE(contains(output, "line 2:")) << output;
  EXPECT_TRUE(contains(output, "5 mistakes")) << output;
}

TEST_F(CliMistakesTest, ThousandsOfMistakesDoNotFloodTheTerminal) {
  std::string text = "job_id\n";
  for (int i = 0; i < 5000; ++i) text += "bad id\n";
  const std::string output = refused("jobs.csv", text);
  EXPECT_TRUE(contains(output, "and 4,900 more")) << output.substr(output.size() - 200);
}

TEST_F(CliMistakesTest, AnEmptyListAHeaderAloneAndRubbishAreRefused) {
  EXPECT_TRUE(contains(refused("jobs.csv", ""), "empty"));
  EXPECT_TRUE(contains(refused("jobs.csv", "job_id,steps\n"), "no jobs"));
  EXPECT_TRUE(contains(refused("jobs.csv", "job-0,600\n"), "job_id"));
  refused("jobs.jsonl", std::string(1024 * 1024, 'x'));
  refused("jobs", std::string_view("\0\1\2\xFF\xFE", 5));
}

TEST_F(CliMistakesTest, AListThatIsNotThereOrAFolderIsNamed) {
  const std::string queue = "sqlite:" + path("queue");
  EXPECT_TRUE(contains(run({"submit", path("none.csv"), "--queue", queue}, 2), "none.csv"));
  EXPECT_TRUE(contains(run({"submit", path(""), "--queue", queue}, 2), "folder"));
}

TEST_F(CliMistakesTest, ALedgerThatCannotBeKeptIsSaid) {
  const std::string list = write("jobs.csv", "job_id\na\n");
  const std::string queue = "sqlite:" + path("queue");
  const std::string no_database = write("ledger", std::string(4096, 'x'));
  EXPECT_TRUE(
      contains(run({"submit", list, "--queue", queue, "--ledger", no_database}, 2), "--ledger"));
  EXPECT_TRUE(contains(run({"submit", list, "--queue", queue, "--ledger", path("no/such")}, 2),
                       "--ledger"));
}

TEST_F(CliMistakesTest, AProgramThatIsNotThereIsSaidBeforeAJobIsTaken) {
  const std::string list = write("jobs.csv", "job_id\na\n");
  EXPECT_TRUE(contains(run({"run", list, "--", path("no-such-program")}, 2), "no-such-program"));
  EXPECT_TRUE(contains(run({"run", list, "--", "no-such-program"}, 2), "no-such-program"));
  EXPECT_FALSE(std::filesystem::exists(list + ".holdfast"));
}

TEST_F(CliMistakesTest, UnknownCommandsAndOptionsAreNamed) {
  EXPECT_TRUE(contains(run({"wrok"}, 2), "'wrok'"));
  EXPECT_TRUE(contains(run({"status", "--jsn"}, 2), "--jsn"));
}

TEST_F(CliMistakesTest, MissingSettingsAreNamed) {
  EXPECT_TRUE(contains(run({"setup"}, 2), "AMQP_URL"));
  EXPECT_TRUE(contains(run({"setup", "--env-file", path("none.env")}, 2), "none.env"));
  const std::string env = write("worker.env", "AMQP_URL=amqp://u:hunter2@127.0.0.1:1/\n");
  const std::string output = run({"setup", "--env-file", env}, 2);
  EXPECT_TRUE(contains(output, "JOB_QUEUE")) << output;
  EXPECT_FALSE(contains(output, "hunter2")) << output;
}

TEST_F(CliMistakesTest, ABrokerThatIsNotThereIsSaid) {
  const std::string env =
      write("worker.env", "AMQP_URL=amqp://u:hunter2@127.0.0.1:1/\nJOB_QUEUE=q\n");
  const std::string list = write("jobs.csv", "job_id\na\n");
  for (const Words& words :
       {Words{"setup", "--env-file", env}, Words{"status", "--queue-only", "--env-file", env},
        Words{"submit", list, "--give-up-after", "1s", "--env-file", env}}) {
    const std::string output = run(words, 4);
    EXPECT_TRUE(contains(output, "127.0.0.1:1")) << output;
    EXPECT_FALSE(contains(output, "hunter2")) << output;
  }
}

TEST_F(CliMistakesTest, APasswordOnTheCommandLineIsWarnedOf) {
  const std::string output =
      run({"setup", "--queue", "amqp://u:hunter2@127.0.0.1:1/", "--job-queue", "q"}, 4);
  EXPECT_TRUE(contains(output, "--env-file")) << output;
  EXPECT_FALSE(contains(output, "hunter2")) << output;
}

TEST_F(CliMistakesTest, StatusMakesNothingWhereNothingIs) {
  run({"status", "--state", path("nowhere")}, 2);
  EXPECT_FALSE(std::filesystem::exists(path("nowhere")));
}

TEST_F(CliMistakesTest, HelpIsNoMistake) {
  EXPECT_TRUE(contains(run({}, 0), "holdfast run"));
  EXPECT_TRUE(contains(run({"work", "--help"}, 0), "Usage: holdfast work"));
}

}  // namespace
}  // namespace holdfast::test
