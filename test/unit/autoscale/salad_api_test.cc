// Requests to the cloud: what is repeated and after how long, what is refused and how it is said.
#include "adapters/salad/salad_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "adapters/salad/salad_fleet.h"
#include "fakes/scripted_http_server.h"
#include "holdfast/error.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// The real time, but for waits: they are over at once and add to it.
class SkippingClock final : public Clock {
 public:
  TimePoint now() const override { return real_.now() + waited; }
  WallTime wall() const override { return real_.wall(); }
  void wait_until(TimePoint deadline) override { waited += deadline - now(); }
  Duration waited{0};

 private:
  SystemClock real_;
};

std::string ok(const std::string& body) {
  return http_answer("200 OK", "Content-Type: application/json\r\n", body);
}

const std::string kHtml = "<html><body>cloud is down, key=sk-secret</body></html>";

class SaladApiTest : public testing::Test {
 protected:
  SaladApi api(const ScriptedHttpServer& server) {
    return SaladApi({server.url() + "/api/public", "acme corp", "night", "fleet-1", "the-key", {}},
                    clock_);
  }
  TimePoint soon() const { return clock_.now() + 10min; }

  std::string refusal(SaladApi& api, ErrorKind kind) {
    try {
      static_cast<void>(api.get(api.group(), soon()));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }

  SkippingClock clock_;
};

TEST_F(SaladApiTest, SendsTheKeyAndTheNamesEncoded) {
  ScriptedHttpServer server({ok("{}"), ok("{}")});
  SaladApi cloud = api(server);
  EXPECT_EQ(cloud.get(cloud.group(), soon()), "{}");
  cloud.patch(cloud.group(), R"({"replicas":1})", soon());
  ASSERT_EQ(server.requests().size(), 2u);
  EXPECT_THAT(server.requests()[0],
              HasSubstr("GET /api/public/organizations/acme%20corp/projects/night/containers/"
                        "fleet-1 HTTP/1.1"));
  EXPECT_THAT(server.requests()[0], HasSubstr("Salad-Api-Key: the-key"));
  EXPECT_THAT(server.requests()[1], HasSubstr("application/merge-patch+json"));
}

TEST_F(SaladApiTest, WaitsAsLongAsA429AsksFor) {
  ScriptedHttpServer server(
      {http_answer("429 Too Many Requests", "Retry-After: 17\r\n", ""), ok("{}")});
  SaladApi cloud = api(server);
  EXPECT_EQ(cloud.get(cloud.group(), soon()), "{}");
  EXPECT_GE(clock_.waited, 16s);
  EXPECT_LE(clock_.waited, 18s);
}

TEST_F(SaladApiTest, A429ThatOutlastsTheDeadlineIsKeptToByTheNextRequestsToo) {
  ScriptedHttpServer server(
      {http_answer("429 Too Many Requests", "Retry-After: 300\r\n", ""), ok("{}"), ok("{}")});
  SaladApi cloud = api(server);
  const TimePoint asked = clock_.now();
  for (int i = 0; i < 3; ++i) {
    try {
      cloud.post(cloud.group() + "/stop", {}, clock_.now() + 30s);
      ADD_FAILURE() << "it was asked again too soon";
    } catch (const Error& error) {
      EXPECT_TRUE(error.may_work_later());
      EXPECT_THAT(error.what(), HasSubstr("429"));
    }
  }
  EXPECT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(cloud.get(cloud.group(), soon()), "{}");
  EXPECT_GE(clock_.now() - asked, 300s);
}

TEST_F(SaladApiTest, ComesAgainAfterAnErrorOfTheServerAlsoIfItIsAPageOfHtml) {
  ScriptedHttpServer server({http_answer("502 Bad Gateway", "Content-Type: text/html\r\n", kHtml),
                             http_answer("503 Service Unavailable", "", ""), "", ok("{}")});
  SaladApi cloud = api(server);
  EXPECT_EQ(cloud.get(cloud.group(), soon()), "{}");
  EXPECT_GE(server.requests().size(), 4u);
}

TEST_F(SaladApiTest, GivesUpAtTheDeadlineAndSaysWhatTheCloudSaid) {
  std::vector<std::string> answers(64, http_answer("503 Service Unavailable", "", kHtml));
  ScriptedHttpServer server(answers);
  SaladApi cloud = api(server);
  const std::string text = refusal(cloud, ErrorKind::unavailable);
  EXPECT_THAT(text, HasSubstr("503"));
  EXPECT_THAT(text, Not(HasSubstr("html")));
  EXPECT_THAT(text, Not(HasSubstr("sk-secret")));
}

TEST_F(SaladApiTest, ARefusalIsFinalAndRepeatsTheCloudsOwnSentence) {
  ScriptedHttpServer server(
      {http_answer("403 Forbidden", "", R"({"title":"Forbidden","detail":"not your project"})"),
       http_answer("404 Not Found", "", kHtml)});
  SaladApi cloud = api(server);
  const std::string forbidden = refusal(cloud, ErrorKind::denied);
  EXPECT_THAT(forbidden, HasSubstr("not your project"));
  EXPECT_THAT(forbidden, HasSubstr("salad_api_key"));
  EXPECT_THAT(forbidden, Not(HasSubstr("the-key")));
  EXPECT_THAT(refusal(cloud, ErrorKind::rejected), HasSubstr("container_group_name"));
}

TEST_F(SaladApiTest, OnlyNotThereIsNotThere) {
  ScriptedHttpServer server(
      {http_answer("404 Not Found", "", ""), http_answer("403 Forbidden", "", "")});
  SaladApi cloud = api(server);
  EXPECT_EQ(cloud.find(cloud.group(), soon()), std::nullopt);
  EXPECT_THROW(static_cast<void>(cloud.find(cloud.group(), soon())), Error);
}

TEST(RequestLimitTest, NoMinuteSeesMoreRequestsThanAllowed) {
  RequestLimit limit;
  TimePoint now{1h};
  std::deque<TimePoint> sent;
  for (int i = 0; i < 2000; ++i) {
    now = limit.next(now + (i % 7 == 0 ? 900ms : 1ms));
    limit.note(now);
    sent.push_back(now);
    while (now - sent.front() >= RequestLimit::kSpan) sent.pop_front();
    ASSERT_LE(sent.size(), RequestLimit::kRequestsMax);
  }
  EXPECT_GE(now - TimePoint{1h}, 7min);
}

TEST_F(SaladApiTest, AThousandInstancesAFleetAndMoreAreListedInTime) {
  constexpr int kInstances = 10'000;
  std::string body = R"({"instances":[)";
  for (int i = 0; i < kInstances; ++i) {
    body += (i > 0 ? "," : "") +
            std::string(R"({"id":"db3a4591-efc3-46c0-b06a-3d820c0ec100","machine_id":)"
                        R"("ab3a4591-efc3-46c0-b06a-3d820c0ec100","state":"running",)"
                        R"("update_time":"2026-01-01T00:00:00Z","version":1,"ready":true,)"
                        R"("started":true,"cpu_percent":12.5,"deletion_cost":)") +
            std::to_string(i % 2) + "}";
  }
  ScriptedHttpServer server({ok(body + "]}")});
  SaladFleet fleet({server.url(), "o", "p", "g", "k", {}}, clock_);
  const TimePoint begin = clock_.now();
  EXPECT_EQ(fleet.instances(soon()).size(), static_cast<std::size_t>(kInstances));
  EXPECT_LT(clock_.now() - begin, 5s);
}

}  // namespace
}  // namespace holdfast::test
