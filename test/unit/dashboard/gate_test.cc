// Who is let in: the browser tab that the printed address was opened in, and nobody else.
#include "app/dashboard/gate.h"

#include <gtest/gtest.h>

#include "app/dashboard/site.h"

namespace holdfast {
namespace {

constexpr std::uint16_t kPort = 9310;

PageRequest request(const std::string& method, HttpFields fields) {
  PageRequest request;
  request.method = method;
  request.target = "/api/jobs";
  request.port = kPort;
  request.headers = std::move(fields);
  return request;
}

unsigned ask(const std::string& listens, const std::string& host) {
  return DashboardGate(listens, "secret", true).may_ask(request("GET", {{"host", host}})).status;
}

TEST(DashboardGateTest, OnlyItsOwnAddressIsAnswered) {
  for (const char* host : {"127.0.0.1:9310", "localhost:9310", "[::1]:9310"}) {
    EXPECT_EQ(ask("127.0.0.1", host), 0u) << host;
  }
  for (const char* host : {"", "127.0.0.1", "127.0.0.1:9311", "evil.example:9310", "evil.example",
                           "127.0.0.1.evil.example:9310", "localhost.evil.example:9310",
                           "10.0.0.7:9310", "xlocalhost:9310"}) {
    EXPECT_EQ(ask("127.0.0.1", host), 421u) << host;
  }
}

TEST(DashboardGateTest, ListeningForOthersItIsKnownByAddressesNotByNames) {
  EXPECT_EQ(ask("0.0.0.0", "10.0.0.7:9310"), 0u);
  EXPECT_EQ(ask("::", "[fd00::7]:9310"), 0u);
  EXPECT_EQ(ask("10.0.0.7", "10.0.0.7:9310"), 0u);
  EXPECT_EQ(ask("10.0.0.7", "10.0.0.8:9310"), 421u);
  EXPECT_EQ(ask("0.0.0.0", "evil.example:9310"), 421u);
}

TEST(DashboardGateTest, DataWantsTheTokenAndActionsWantMore) {
  const DashboardGate gate("127.0.0.1", "secret", true);
  const std::string host = "127.0.0.1:9310";
  const std::pair<std::string, std::string> token{"authorization", "Bearer secret"};
  const std::pair<std::string, std::string> origin{"origin", "http://" + host};
  EXPECT_EQ(gate.may_read(request("GET", {{"host", host}})).status, 401u);
  EXPECT_EQ(
      gate.may_read(request("GET", {{"host", host}, {"authorization", "Bearer secre"}})).status,
      401u);
  EXPECT_TRUE(gate.may_read(request("GET", {{"host", host}, token})).good());
  EXPECT_TRUE(gate.may_act(request("POST", {{"host", host}, token, origin})).good());
  EXPECT_EQ(gate.may_act(request("GET", {{"host", host}, token, origin})).status, 405u);
  EXPECT_EQ(gate.may_act(request("POST", {{"host", host}, token})).status, 403u);
  EXPECT_EQ(gate.may_act(request("POST", {{"host", host}, token, {"origin", "http://localhost:1"}}))
                .status,
            403u);
  EXPECT_EQ(gate.may_act(request("POST", {{"host", host}, origin})).status, 401u);
  const DashboardGate quiet("127.0.0.1", "secret", false);
  EXPECT_EQ(quiet.may_act(request("POST", {{"host", host}, token, origin})).status, 403u);
}

TEST(DashboardGateTest, OtherSitesMayLinkToItAndNotReadIt) {
  const DashboardGate gate("127.0.0.1", "secret", true);
  const std::string host = "localhost:9310";
  EXPECT_TRUE(gate.may_ask(request("GET", {{"host", host},
                                           {"sec-fetch-site", "cross-site"},
                                           {"sec-fetch-mode", "navigate"}}))
                  .good());
  for (const char* site : {"cross-site", "same-site"}) {
    EXPECT_EQ(gate.may_ask(request("GET", {{"host", host},
                                           {"sec-fetch-site", site},
                                           {"sec-fetch-mode", "no-cors"}}))
                  .status,
              403u);
  }
}

TEST(DashboardGateTest, ALinkOpensOneThing) {
  const DashboardGate gate("127.0.0.1", "secret", false);
  const std::string key = gate.key_to("job-1/result.csv");
  EXPECT_TRUE(gate.opens(key, "job-1/result.csv"));
  EXPECT_FALSE(gate.opens(key, "job-1/other.csv"));
  EXPECT_FALSE(gate.opens("", "job-1/result.csv"));
  EXPECT_FALSE(DashboardGate("127.0.0.1", "other", false).opens(key, "job-1/result.csv"));
}

TEST(QueryTest, IsDecodedOnce) {
  const Query query = query_of("/api/jobs?match=a%2Bb+c&state=&x=%zz&last=1%");
  EXPECT_EQ(query.at("match"), "a+b c");
  EXPECT_EQ(query.at("state"), "");
  EXPECT_EQ(query.at("x"), "%zz");
  EXPECT_EQ(query.at("last"), "1%");
  EXPECT_TRUE(query_of("/api/jobs").empty());
}

}  // namespace
}  // namespace holdfast
