// What a worker shows of itself, as those see it who look: a browser, Prometheus, a probe.
#include <signal.h>

#include "adapters/http/http_client.h"
#include "adapters/local/system_clock.h"
#include "integration/cli_fixture.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

class WorkerFrontTest : public CliTest {
 protected:
  // A worker that runs job a, and shows itself at a port of its own choice.
  void start_worker() {
    run({"submit", write("jobs.csv", "job_id,steps\na,100000\n"), "--queue",
         "sqlite:" + path("queue")},
        0);
    worker_ = start({"work", "--queue", "sqlite:" + path("queue"), "--store",
                     "file:" + path("store"), "--work-dir", path("work"), "--listen", "0",
                     "--checkpoint-pause", "20ms", "--", SLOW_SUM, "--step-ms", "20"});
    ASSERT_TRUE(worker_->says("generation=2", kEventTime)) << worker_->output();
    find_address();
  }
  void find_address() {
    const std::string before = "at=http://";
    const std::size_t at = worker_->output().find(before);
    ASSERT_NE(at, std::string::npos) << worker_->output();
    const std::string rest = worker_->output().substr(at + before.size());
    address_ = rest.substr(0, rest.find_first_of(" \n\""));
  }
  HttpResponse get(const std::string& target) const {
    HttpClient client(parse_endpoint("http://" + address_), "", clock_);
    HttpRequest request;
    request.method = "GET";
    request.target = target;
    request.answer_bytes_max = 1'000'000;
    return client.call(request, clock_.now() + 20s);
  }

  SystemClock clock_;
  std::unique_ptr<Program> worker_;
  std::string address_;
};

TEST_F(WorkerFrontTest, ABusyWorkerIsWellAndShowsItsNumbers) {
  start_worker();
  EXPECT_TRUE(address_.starts_with("127.0.0.1:")) << address_;
  const HttpResponse health = get("/healthz");
  EXPECT_EQ(health.status, 200u);
  EXPECT_TRUE(contains(health.body, R"("healthy":true)")) << health.body;
  EXPECT_TRUE(contains(health.body, R"("stage":"running")")) << health.body;
  const HttpResponse metrics = get("/metrics");
  EXPECT_EQ(metrics.status, 200u);
  for (const char* line : {"\nholdfast_attempt 1\n", "\nholdfast_broker_connected 1\n",
                           "\nholdfast_stage{stage=\"running\"} 1\n"}) {
    EXPECT_TRUE(contains(metrics.body, line)) << line << metrics.body;
  }
  EXPECT_FALSE(contains(metrics.body, "\nholdfast_checkpoints_total 0\n")) << metrics.body;
  EXPECT_FALSE(contains(metrics.body, "\nholdfast_store_requests_total 0\n")) << metrics.body;
  EXPECT_EQ(get("/elsewhere").status, 404u);
}

TEST_F(WorkerFrontTest, AProbeTellsAWorkerThatIsWellFromOneThatIsFrozenOrGone) {
  start_worker();
  EXPECT_TRUE(contains(run({"health", address_}, 0), R"("healthy":true)"));
  environment_["HOLDFAST_LISTEN"] = address_;
  run({"health"}, 0);
  worker_->signal(SIGSTOP);
  run({"health"}, 1);
  worker_->signal(SIGCONT);
  run({"health"}, 0);
  worker_->kill();
  EXPECT_TRUE(contains(run({"health"}, 1), "no answer from a worker"));
}

TEST_F(WorkerFrontTest, AWorkerThatWaitsForItsStoreIsWell) {
  environment_.insert({{"R2_AWS_ACCESS_KEY_ID", "key"},
                       {"R2_AWS_SECRET_ACCESS_KEY", "secret"},
                       {"R2_S3_ENDPOINT_URL", "http://127.0.0.1:1"}});
  worker_ = start({"work", "--queue", "sqlite:" + path("queue"), "--store", "s3://bucket",
                   "--work-dir", path("work"), "--listen", "0", "--", SLOW_SUM});
  ASSERT_TRUE(worker_->says("store out of reach", kEventTime)) << worker_->output();
  find_address();
  run({"health", address_}, 0);
  worker_->signal(SIGTERM);
  EXPECT_EQ(worker_->ends(kEventTime), 0) << worker_->output();
}

TEST_F(WorkerFrontTest, AProbeThatKnowsNoAddressSaysSo) {
  EXPECT_TRUE(contains(run({"health"}, 2), "HOLDFAST_LISTEN"));
  EXPECT_TRUE(contains(run({"health", "nowhere"}, 2), "nowhere"));
}

}  // namespace
}  // namespace holdfast::test
