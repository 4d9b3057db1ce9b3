// holdfast work: its folder, its signals, its exit codes; with the embedded queue and with S3.
#include <signal.h>

#include "base/random.h"
#include "integration/cli_fixture.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

class CliWorkTest : public CliTest {
 protected:
  Words places() const {
    return {"--queue", "sqlite:" + path("queue"), "--store", "file:" + path("store")};
  }
  void submit(const std::string& text) const {
    run({"submit", write("jobs.csv", text), "--queue", "sqlite:" + path("queue")}, 0);
  }
  Words work(const Words& more, const Words& command) const {
    Words words{"work"};
    for (const Words& part : {places(), more, Words{"--"}, command}) {
      words.insert(words.end(), part.begin(), part.end());
    }
    return words;
  }
};

TEST_F(CliWorkTest, UntilEmptyItEndsWhenNothingIsLeft) {
  submit("job_id,steps\na,3\nb,4\n");
  const std::string output = run(work({"--until-empty"}, {SLOW_SUM, "--step-ms", "1"}), 0);
  EXPECT_TRUE(contains(output, "a | Step 3, sum 6")) << output;
  EXPECT_EQ(read(path("store/a/result.txt")), sum_to(3));
  EXPECT_EQ(read(path("store/b/result.txt")), sum_to(4));
}

TEST_F(CliWorkTest, AMessageThatIsNoJobIsSetAsideAndTheNextOneDone) {
  submit("job_id,steps\na,x\nb,4\n");
  run(work({"--until-empty"}, {SLOW_SUM, "--steps", "{steps}", "--step-ms", "1"}), 0);
  EXPECT_EQ(read(path("store/b/result.txt")), sum_to(4));
}

TEST_F(CliWorkTest, TerminatedItHandsItsJobBack) {
  submit("job_id,steps\na,1000\n");
  const auto worker = start(work({"--checkpoint-pause", "20ms"}, {SLOW_SUM, "--step-ms", "20"}));
  ASSERT_TRUE(worker->says("generation=2", kEventTime)) << worker->output();
  worker->signal(SIGTERM);
  EXPECT_EQ(worker->ends(kEventTime), 0) << worker->output();
  Words status{"status", "a", "--json"};
  for (const std::string& word : places()) status.push_back(word);
  EXPECT_TRUE(contains(run(status, 0), R"("state":"waiting")"));
}

TEST_F(CliWorkTest, TwoWorkersCannotShareAWorkFolder) {
  const Words idle = work({"--work-dir", path("work")}, {"/bin/true"});
  const auto first = start(idle);
  ASSERT_TRUE(first->says("worker started", kEventTime)) << first->output();
  EXPECT_TRUE(contains(run(idle, 2), "another worker uses"));
  first->signal(SIGTERM);
  EXPECT_EQ(first->ends(kEventTime), 0);
}

TEST_F(CliWorkTest, ANodeThatFailsItsSelfTestTakesNoJobAndSaysSo) {
  submit("job_id,steps\na,3\n");
  const std::string output =
      run(work({"--self-test", "/bin/sh -c false", "--worker", "pc-7", "--work-dir", path("work")},
               {SLOW_SUM}),
          69);
  EXPECT_TRUE(contains(output, "this node is unfit: its self-test failed: exit code 1")) << output;
  EXPECT_FALSE(contains(output, "job claimed")) << output;
  EXPECT_TRUE(contains(read(path("store/.workers/pc-7/unfit.json")), "self-test"));
  const std::string later =
      run(work({"--self-test", "/bin/true", "--until-empty"}, {SLOW_SUM, "--step-ms", "1"}), 0);
  EXPECT_TRUE(contains(later, "self-test passed")) << later;
  EXPECT_EQ(read(path("store/a/result.txt")), sum_to(3));
  // What workers say of themselves is no job.
  Words status{"status", "--json"};
  for (const std::string& word : places()) status.push_back(word);
  EXPECT_TRUE(contains(run(status, 0), "\"completed\":1")) << run(status, 0);
}

TEST_F(CliWorkTest, AProgramThatCallsTheNodeUnfitEndsTheWorkerAndTheJobWaits) {
  submit("job_id,steps\na,3\nb,3\n");
  const std::string output = run(work({}, {"/bin/sh", "-c", "exit 69"}), 69);
  EXPECT_TRUE(contains(output, "this node is unfit: job a")) << output;
  run(work({"--until-empty"}, {SLOW_SUM, "--step-ms", "1"}), 0);
  EXPECT_EQ(read(path("store/a/result.txt")), sum_to(3));
  EXPECT_EQ(read(path("store/b/result.txt")), sum_to(3));
}

TEST_F(CliWorkTest, WhatLiesInTheWorkFolderAlreadyStays) {
  std::filesystem::create_directories(path("work"));
  write("work/precious", "mine");
  submit("job_id,steps\na,1\n");
  const std::string output =
      run(work({"--work-dir", path("work"), "--until-empty"}, {SLOW_SUM, "--step-ms", "1"}), 2);
  EXPECT_TRUE(contains(output, "not empty (precious)")) << output;
  EXPECT_FALSE(contains(output, "job=a")) << "a job was taken first: " << output;
  EXPECT_EQ(read(path("work/precious")), "mine");
}

TEST_F(CliWorkTest, AWrongSecretOrBucketIsSaidBeforeAJobIsTaken) {
  submit("job_id\na\n");
  environment_["AWS_ACCESS_KEY_ID"] = from_services("HOLDFAST_TEST_S3_ACCESS_KEY");
  environment_["AWS_ENDPOINT_URL"] = from_services("HOLDFAST_TEST_S3_ENDPOINT");
  const std::string queue = "sqlite:" + path("queue");
  const auto refused = [&](const std::string& bucket) {
    const std::string output =
        run({"work", "--queue", queue, "--store", "s3://" + bucket, "--", "/bin/true"}, 4);
    EXPECT_FALSE(contains(output, "job=a")) << output;
    return output;
  };
  environment_["AWS_SECRET_ACCESS_KEY"] = "hunter2";
  const std::string wrong_secret = refused(from_services("HOLDFAST_TEST_S3_BUCKET"));
  EXPECT_TRUE(contains(wrong_secret, "secret key")) << wrong_secret;
  EXPECT_FALSE(contains(wrong_secret, "hunter2")) << wrong_secret;
  environment_["AWS_SECRET_ACCESS_KEY"] = from_services("HOLDFAST_TEST_S3_SECRET_KEY");
  const std::string wrong_bucket = refused("no-such-bucket-" + Random::from_system().hex(4));
  EXPECT_TRUE(contains(wrong_bucket, "no-such-bucket")) << wrong_bucket;
  EXPECT_TRUE(
      contains(run({"status", "--queue", queue, "--queue-only", "--json"}, 0), "\"waiting\":1,"));
}

}  // namespace
}  // namespace holdfast::test
