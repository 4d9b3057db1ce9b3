// The metadata service as SaladCloud describes it, and a worker that speaks to it.
#include <signal.h>

#include <gtest/gtest.h>

#include "adapters/imds/salad_node.h"
#include "fakes/thrown.h"
#include "fleet/fake_imds.h"
#include "holdfast/error.h"
#include "integration/cli_fixture.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

class SaladNodeTest : public testing::Test {
 protected:
  TimePoint soon() const { return clock_.now() + 20s; }
  bool asked(const std::string& part) const { return contains(imds_.seen(), part); }
  void expect_no_fault() const {
    const std::string seen = imds_.seen();
    EXPECT_FALSE(contains(seen, "\"status\": 400")) << seen;
  }

  SystemClock clock_;
  FakeImds imds_;
  SaladNode node_{imds_.url(), clock_};
};

TEST_F(SaladNodeTest, WhatItAsksIsWhatTheServiceDescribes) {
  node_.set_deletion_cost(0, soon());
  node_.set_deletion_cost(100'000, soon());
  node_.replace("the GPU \"fell\" off\n", soon());
  node_.replace("", soon());
  node_.replace(std::string(5000, 'x'), soon());
  expect_no_fault();
  EXPECT_TRUE(asked(R"({\"deletion_cost\":100000})")) << imds_.seen();
  EXPECT_TRUE(asked("/v1/reallocate"));
}

TEST_F(SaladNodeTest, AServiceThatIsAwayOrForgetsUsMayAnswerLater) {
  for (const char* status : {"404", "429", "500", "503"}) {
    imds_.answer_with(status);
    EXPECT_EQ(kind_thrown_by([&] { node_.set_deletion_cost(1, soon()); }), ErrorKind::unavailable);
  }
  imds_.answer_with("403");
  EXPECT_EQ(kind_thrown_by([&] { node_.set_deletion_cost(1, soon()); }), ErrorKind::denied);
}

// A worker with the embedded queue, started as on SaladCloud.
class WorkerOnSaladTest : public CliTest {
 protected:
  WorkerOnSaladTest() {
    environment_["SALAD_MACHINE_ID"] = "machine-1";
    environment_["SALAD_INSTANCE_ID"] = "instance-7";
    environment_["SALAD_METADATA_URI"] = imds_.url();
  }
  Words work(const Words& more, const Words& command) const {
    Words words{
        "work",       "--queue",   "sqlite:" + path("queue"), "--store", "file:" + path("store"),
        "--work-dir", path("work")};
    words.insert(words.end(), more.begin(), more.end());
    words.push_back("--");
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }
  void submit(const std::string& text) const {
    run({"submit", write("jobs.csv", text), "--queue", "sqlite:" + path("queue")}, 0);
  }
  // Waits until the service was asked what `part` says.
  bool comes(const std::string& part) const {
    SystemClock clock;
    for (const TimePoint until = clock.now() + kEventTime; clock.now() < until;) {
      if (contains(imds_.seen(), part)) return true;
      clock.wait_until(clock.now() + 50ms);
    }
    return false;
  }
  std::string status() const {
    return run({"status", "a", "--json", "--queue", "sqlite:" + path("queue"), "--store",
                "file:" + path("store")},
               0);
  }

  FakeImds imds_;
};

constexpr const char* kCostNothing = R"({\"deletion_cost\":0})";

TEST_F(WorkerOnSaladTest, ABusyOneCostsSomethingAndOneThatIsToldToGoHandsItsJobBack) {
  submit("job_id,steps\na,100000\n");
  const auto worker = start(work({"--checkpoint-pause", "20ms"}, {SLOW_SUM, "--step-ms", "20"}));
  ASSERT_TRUE(worker->says("generation=2", kEventTime)) << worker->output();
  EXPECT_TRUE(contains(worker->output(), "worker=instance-7")) << worker->output();
  EXPECT_TRUE(comes(R"({\"deletion_cost\":1})")) << imds_.seen();
  worker->signal(SIGTERM);
  EXPECT_EQ(worker->ends(kEventTime), 0) << worker->output();
  const std::string state = status();
  EXPECT_TRUE(contains(state, R"("state":"waiting")")) << state;
  EXPECT_TRUE(contains(state, R"("ending":"checkpointed")")) << state;
  EXPECT_FALSE(contains(imds_.seen(), "\"status\": 400")) << imds_.seen();
}

TEST_F(WorkerOnSaladTest, AnIdleOneCostsNothing) {
  const auto worker = start(work({}, {"/bin/true"}));
  EXPECT_TRUE(comes(kCostNothing)) << imds_.seen();
  worker->signal(SIGTERM);
  EXPECT_EQ(worker->ends(kEventTime), 0) << worker->output();
}

TEST_F(WorkerOnSaladTest, AServiceThatIsAwayDisturbsNoJobAndIsSaidOnce) {
  for (const char* status : {"503", "404", "0"}) {
    imds_.answer_with(status);
    submit(std::string("job_id,steps\n") + "j" + status + ",100\n");
    const std::string output = run(work({"--until-empty"}, {SLOW_SUM, "--step-ms", "20"}), 0);
    EXPECT_EQ(read(path("store/j" + std::string(status) + "/result.txt")), sum_to(100));
    const std::size_t first = output.find("deletion cost not told");
    EXPECT_NE(first, std::string::npos) << output;
    EXPECT_EQ(output.find("deletion cost not told", first + 1), std::string::npos) << output;
  }
}

TEST_F(WorkerOnSaladTest, AnUnfitMachineIsGivenBackAsOftenAsTheFleetMay) {
  submit("job_id\na\n");
  const Words unfit = work({"--replacements-max", "1"}, {"/bin/sh", "-c", "exit 69"});
  EXPECT_TRUE(contains(run(unfit, 69), "another machine asked for"));
  const std::string seen = imds_.seen();
  EXPECT_TRUE(contains(seen, "/v1/reallocate") && contains(seen, "exit code 69")) << seen;
  EXPECT_FALSE(contains(seen, "\"status\": 400")) << seen;
  EXPECT_TRUE(contains(status(), R"("state":"waiting")"));
  EXPECT_TRUE(contains(run(unfit, 69), "replacements are used up"));
}

}  // namespace
}  // namespace holdfast::test
