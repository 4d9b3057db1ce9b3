// A broker's management interface that refuses: said once, with what to do about it.
#include "app/management.h"

#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "fakes/scripted_http_server.h"

namespace holdfast::test {
namespace {

int count_of(const std::string& part, const std::string& text) {
  int count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

class ManagementTest : public testing::Test {
 protected:
  // What is said while `times` pages are asked for.
  std::string said(const std::vector<std::string>& answers, int times) {
    const ScriptedHttpServer server(answers);
    BrokerConfig broker;
    broker.management_url = server.url();
    broker.user = "worker";
    broker.password = "hunter2";
    const auto fetch = management_of(broker, clock_);
    testing::internal::CaptureStderr();
    for (int i = 0; i < times; ++i) EXPECT_EQ(fetch("/api/queues"), std::nullopt);
    return testing::internal::GetCapturedStderr();
  }

  SystemClock clock_;
};

TEST_F(ManagementTest, ARefusalIsSaidOnceWithItsCure) {
  for (const char* status : {"401 Unauthorized", "403 Forbidden"}) {
    const std::string answer = http_answer(status, "", "");
    const std::string text = said({answer, answer, answer}, 3);
    EXPECT_EQ(count_of("set_user_tags", text), 1) << text;
    EXPECT_EQ(count_of("user=worker", text), 1) << text;
    EXPECT_EQ(count_of("hunter2", text), 0) << text;
  }
}

// At the usual port of a broker's host another server may stand.
TEST_F(ManagementTest, NoPasswordGoesToWhatDoesNotSayThatItIsAManagementInterface) {
  for (const char* realm : {"", "WWW-Authenticate: Basic realm=\"Intranet\"\r\n"}) {
    const ScriptedHttpServer server({http_answer("401 Unauthorized", realm, "")});
    BrokerConfig broker;
    broker.management_url = server.url();
    broker.management_assumed = true;
    broker.user = "worker";
    broker.password = "hunter2";
    EXPECT_EQ(management_of(broker, clock_)("/api/queues"), std::nullopt);
    ASSERT_EQ(server.requests().size(), 1u);
    EXPECT_EQ(server.requests().front().find("uthorization"), std::string::npos);
  }
}

TEST_F(ManagementTest, AQueueThatItDoesNotKnowIsNoRefusal) {
  EXPECT_EQ(said({http_answer("404 Not Found", "", "")}, 1), "");
}

}  // namespace
}  // namespace holdfast::test
