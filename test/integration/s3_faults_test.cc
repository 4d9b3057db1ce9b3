// The S3 store and a real server, with the wire between them broken on purpose.
#include <functional>
#include <thread>

#include <gtest/gtest.h>

#include "adapters/http/endpoint.h"
#include "adapters/local/system_clock.h"
#include "adapters/retry/retrying_store.h"
#include "adapters/s3/s3_store.h"
#include "fakes/fault_proxy.h"
#include "fakes/s3_environment.h"
#include "fakes/temporary_folder.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

constexpr std::chrono::seconds kPatience(20);

class S3FaultsTest : public testing::Test {
 protected:
  S3FaultsTest() {
    config_.endpoint = "http://127.0.0.1:" + std::to_string(proxy_.port());
    store_.emplace(config_, clock_);
  }

  TimePoint soon() const { return clock_.now() + kPatience; }

  // What the server has, seen past the proxy.
  std::optional<std::string> truth(const std::string& key) {
    S3Config config = config_;
    config.endpoint = required_variable("HOLDFAST_TEST_S3_ENDPOINT");
    return S3Store(config, clock_).get(key, 1 << 20, soon());
  }

  void expect_unavailable(const std::function<void()>& call) {
    try {
      call();
      ADD_FAILURE() << "no error was thrown";
    } catch (const Error& error) {
      EXPECT_TRUE(error.may_work_later()) << error.what();
    }
  }

  SystemClock clock_;
  S3Config config_ = s3_environment();
  Endpoint server_ = parse_endpoint(config_.endpoint);
  FaultProxy proxy_{server_.host, server_.port};
  std::optional<S3Store> store_;
};

TEST_F(S3FaultsTest, ThroughAHealthyProxyEverythingWorksOnOneConnection) {
  for (int i = 0; i < 20; ++i) {
    const std::string key = "k/" + std::to_string(i);
    EXPECT_EQ(store_->create(key, key, soon()), CreateOutcome::created);
    EXPECT_EQ(store_->get(key, 100, soon()), key);
  }
  EXPECT_EQ(store_->list("k/", "", 100, soon()).size(), 20u);
  EXPECT_EQ(proxy_.connections_made(), 1u);
}

TEST_F(S3FaultsTest, AnAppliedCreateWhoseAnswerIsLostIsUnavailableAndTheRepeatedOneIsToldExists) {
  proxy_.swallow_answer_to("PUT /");
  expect_unavailable([&] { static_cast<void>(store_->create("a", "ours", soon())); });
  ASSERT_TRUE(proxy_.wait_for_fault(kPatience));
  EXPECT_EQ(truth("a"), "ours");
  EXPECT_EQ(store_->create("a", "ours", soon()), CreateOutcome::exists);
}

TEST_F(S3FaultsTest, ALostAnswerOnAKeptConnectionIsAskedForAgainAtOnce) {
  EXPECT_EQ(store_->get("a", 10, soon()), std::nullopt);
  proxy_.swallow_answer_to("PUT /");
  EXPECT_EQ(store_->create("a", "ours", soon()), CreateOutcome::exists);
  EXPECT_EQ(truth("a"), "ours");
}

TEST_F(S3FaultsTest, RetriesCarryACallOverALostAnswer) {
  RetryingStore retrying(*store_, clock_, Random(1));
  proxy_.swallow_answer_to("PUT /");
  EXPECT_EQ(retrying.create("a", "ours", soon()), CreateOutcome::exists);
  EXPECT_EQ(retrying.get("a", 10, soon()), "ours");
}

TEST_F(S3FaultsTest, ABodyThatIsCutIsNeverTakenForTheWholeObject) {
  const std::string bytes(100'000, 'x');
  store_->put("a", bytes, sha256(bytes), soon());
  for (const std::uint64_t cut : {1u, 50u, 400u, 1000u, 50'000u, 99'000u}) {
    proxy_.cut_answers_after(cut);
    expect_unavailable([&] {
      // On a kept connection nothing of the answer may have come: then it is asked for again.
      const auto got = store_->get("a", bytes.size(), soon());
      EXPECT_TRUE(got == bytes);
    });
    proxy_.heal();
    EXPECT_TRUE(store_->get("a", bytes.size(), soon()) == bytes);
  }
}

TEST_F(S3FaultsTest, APutThatIsCutLeavesNothing) {
  const std::string bytes(1'000'000, 'x');
  proxy_.cut_requests_after(500'000);
  expect_unavailable([&] { store_->put("a", bytes, sha256(bytes), soon()); });
  proxy_.heal();
  EXPECT_EQ(truth("a"), std::nullopt);
}

TEST_F(S3FaultsTest, AnUploadThatIsCutIsRepeatedByTheRetriesAndArrivesWhole) {
  const TemporaryFolder folder;
  const std::string bytes(700'000, 'x');
  const auto file = folder.path() / "file";
  replace_file(file, bytes);
  RetryingStore retrying(*store_, clock_, Random(1));
  std::jthread healer([&] {
    EXPECT_TRUE(proxy_.wait_for_fault(kPatience));
    proxy_.heal();
  });
  proxy_.cut_requests_after(300'000);
  retrying.upload("a", file, bytes.size(), sha256(bytes), soon());
  EXPECT_TRUE(truth("a") == bytes);
}

TEST_F(S3FaultsTest, AFrozenWireEndsTheCallAtItsDeadlineAndTheNextCallWorks) {
  EXPECT_EQ(store_->get("a", 10, soon()), std::nullopt);
  proxy_.freeze();
  const TimePoint start = clock_.now();
  expect_unavailable([&] { static_cast<void>(store_->get("a", 10, start + 300ms)); });
  EXPECT_LT(clock_.now() - start, 5s);
  proxy_.heal();
  EXPECT_EQ(store_->get("a", 10, soon()), std::nullopt);
  EXPECT_EQ(proxy_.connections_made(), 2u);  // The one that timed out is not used again.
}

TEST_F(S3FaultsTest, SlowAnswersAreWaitedFor) {
  proxy_.delay_answers(300ms);
  const TimePoint start = clock_.now();
  EXPECT_EQ(store_->create("a", "x", soon()), CreateOutcome::created);
  EXPECT_GE(clock_.now() - start, 300ms);
}

TEST_F(S3FaultsTest, AServerThatIsAwayIsFoundAgainByTheRetries) {
  RetryingStore retrying(*store_, clock_, Random(1));
  EXPECT_EQ(retrying.create("a", "x", soon()), CreateOutcome::created);
  proxy_.refuse();
  expect_unavailable([&] { static_cast<void>(retrying.get("a", 10, clock_.now() + 500ms)); });
  proxy_.heal();
  EXPECT_EQ(retrying.get("a", 10, soon()), "x");
}

TEST_F(S3FaultsTest, IdleConnectionsThatWereCutCostNoCall) {
  EXPECT_EQ(store_->create("a", "x", soon()), CreateOutcome::created);
  proxy_.cut();
  EXPECT_EQ(store_->create("b", "x", soon()), CreateOutcome::created);
  EXPECT_EQ(proxy_.connections_made(), 2u);
}

}  // namespace
}  // namespace holdfast
