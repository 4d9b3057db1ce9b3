// A worker that gives up on a broker that restarts, or waits for ever on one that will never have
// it, is equally useless. The texts are those of RabbitMQ 3.10 and 4.0.
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/amqp/broker_error.h"

namespace holdfast {
namespace {

Error refusal(int code, const std::string& reason) {
  return broker_refusal(parse_amqp_url("amqp://ada:hunter2@rabbit/fleet"), "log in", code, reason);
}

bool has(const Error& error, const std::string& part) {
  return std::string(error.what()).find(part) != std::string::npos;
}

TEST(BrokerErrorTest, WhatSomebodyMayAllowAgainIsDenied) {
  for (const auto& [code, reason] : std::map<int, std::vector<std::string>>{
           {403, {"ACCESS_REFUSED - Login was refused"}},
           {404, {"NOT_FOUND - no queue 'q' in vhost 'fleet'"}},
           {530,
            {"NOT_ALLOWED - vhost fleet not found",
             "NOT_ALLOWED - access to vhost 'fleet' refused for user 'ada'"}}}) {
    for (const std::string& one : reason) {
      EXPECT_EQ(refusal(code, one).kind(), ErrorKind::denied) << one;
    }
  }
}

TEST(BrokerErrorTest, WhatNoRetryWillMendIsRejected) {
  EXPECT_EQ(refusal(406, "PRECONDITION_FAILED - message size 9 is larger").kind(),
            ErrorKind::rejected);
  EXPECT_EQ(refusal(540, "NOT_IMPLEMENTED").kind(), ErrorKind::rejected);
}

TEST(BrokerErrorTest, WhatPassesIsUnavailable) {
  EXPECT_TRUE(refusal(320,
                      "CONNECTION_FORCED - broker forced connection closure with reason "
                      "'shutdown'")
                  .may_work_later());
  EXPECT_TRUE(refusal(541, "INTERNAL_ERROR").may_work_later());
  EXPECT_TRUE(refusal(530, "NOT_ALLOWED - vhost 'fleet' is down").may_work_later());
  EXPECT_TRUE(refusal(530,
                      "NOT_ALLOWED - access to vhost 'fleet' refused for user 'ada': "
                      "connection limit (1) is reached")
                  .may_work_later());
  EXPECT_TRUE(refusal(404,
                      "NOT_FOUND - home node 'rabbit@b' of durable queue 'q' in vhost 'fleet' "
                      "is down or inaccessible")
                  .may_work_later());
}

TEST(BrokerErrorTest, AnAbsentQueueNamesTheCure) {
  EXPECT_TRUE(has(refusal(404, "NOT_FOUND - no queue 'q' in vhost 'fleet'"), "holdfast setup"));
}

TEST(BrokerErrorTest, AJobTakenBackForItsLengthNamesTheCureAndCanGoOn) {
  const Error error = refusal(406,
                              "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed "
                              "out. Timeout value used: 1800000 ms. This timeout value can be "
                              "configured, see consumers doc guide to learn more");
  EXPECT_TRUE(error.may_work_later());
  EXPECT_TRUE(has(error, "consumer_timeout"));
  EXPECT_TRUE(has(error, "1800000 ms"));
}

TEST(BrokerErrorTest, NoSentenceHasThePassword) {
  for (const int code : {320, 403, 404, 406, 530, 541}) {
    EXPECT_FALSE(has(refusal(code, "something"), "hunter2"));
    EXPECT_TRUE(has(refusal(code, "something"), "rabbit:5672/fleet"));
  }
}

}  // namespace
}  // namespace holdfast
