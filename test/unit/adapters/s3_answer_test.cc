// The table that decides whether a call is made again, given up, or told that nothing is there.
#include "adapters/s3/s3_answer.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

S3Meaning meaning(unsigned status, const std::string& code) {
  if (code.empty()) return meaning_of(status, std::nullopt);
  return meaning_of(status, S3ErrorBody{code, "", ""});
}

TEST(S3AnswerTest, OnlyTheServersOwnWordMakesAnObjectAbsent) {
  EXPECT_EQ(meaning(404, "NoSuchKey"), S3Meaning::absent);
  EXPECT_EQ(meaning(404, "NoSuchUpload"), S3Meaning::absent);
  EXPECT_EQ(meaning(404, "NoSuchBucket"), S3Meaning::denied);
  EXPECT_EQ(meaning(404, ""), S3Meaning::unavailable);  // A proxy whose server is away.
  EXPECT_EQ(meaning(403, "NoSuchKey"), S3Meaning::denied);
  EXPECT_EQ(meaning(410, ""), S3Meaning::rejected);
}

TEST(S3AnswerTest, WhatMayPassIsUnavailable) {
  for (const unsigned status : {408u, 409u, 500u, 502u, 503u, 504u, 599u}) {
    EXPECT_EQ(meaning(status, ""), S3Meaning::unavailable) << status;
  }
  EXPECT_EQ(meaning(400, "RequestTimeout"), S3Meaning::unavailable);
  EXPECT_EQ(meaning(400, "IncompleteBody"), S3Meaning::unavailable);
  EXPECT_EQ(meaning(400, "ClientDisconnect"), S3Meaning::unavailable);
  EXPECT_EQ(meaning(409, "ConditionalRequestConflict"), S3Meaning::unavailable);
}

TEST(S3AnswerTest, AStoreThatIsAskedTooOftenSaysSo) {
  EXPECT_EQ(meaning(429, ""), S3Meaning::busy);
  EXPECT_EQ(meaning(429, "TooManyRequests"), S3Meaning::busy);
  EXPECT_EQ(meaning(503, "SlowDown"), S3Meaning::busy);
  EXPECT_EQ(meaning(400, "Throttling"), S3Meaning::busy);
}

TEST(S3AnswerTest, WhatSomebodyMayAllowAgainIsDenied) {
  EXPECT_EQ(meaning(401, "Unauthorized"), S3Meaning::denied);
  EXPECT_EQ(meaning(402, ""), S3Meaning::denied);
  EXPECT_EQ(meaning(403, "AccessDenied"), S3Meaning::denied);
  EXPECT_EQ(meaning(403, "SignatureDoesNotMatch"), S3Meaning::denied);
  EXPECT_EQ(meaning(403, "QuotaExceeded"), S3Meaning::denied);
  EXPECT_EQ(meaning(403, ""), S3Meaning::denied);
  EXPECT_EQ(meaning(400, "ExpiredToken"), S3Meaning::denied);
  EXPECT_EQ(meaning(400, "InvalidToken"), S3Meaning::denied);
  EXPECT_EQ(meaning(400, "AuthorizationHeaderMalformed"), S3Meaning::denied);
  EXPECT_EQ(meaning(301, "PermanentRedirect"), S3Meaning::denied);
  EXPECT_EQ(meaning(307, ""), S3Meaning::denied);
}

TEST(S3AnswerTest, WhatWillNeverPassIsRejected) {
  EXPECT_EQ(meaning(400, "InvalidArgument"), S3Meaning::rejected);
  EXPECT_EQ(meaning(400, "KeyTooLongError"), S3Meaning::rejected);
  EXPECT_EQ(meaning(400, "EntityTooLarge"), S3Meaning::rejected);
  EXPECT_EQ(meaning(501, "NotImplemented"), S3Meaning::rejected);
  EXPECT_EQ(meaning(501, ""), S3Meaning::rejected);
}

TEST(S3AnswerTest, ConditionsClocksAndDamageHaveTheirOwnMeaning) {
  EXPECT_EQ(meaning(200, ""), S3Meaning::done);
  EXPECT_EQ(meaning(204, ""), S3Meaning::done);
  EXPECT_EQ(meaning(412, "PreconditionFailed"), S3Meaning::condition_failed);
  EXPECT_EQ(meaning(403, "RequestTimeTooSkewed"), S3Meaning::clock_wrong);
  EXPECT_EQ(meaning(400, "ExpiredRequest"), S3Meaning::clock_wrong);
  EXPECT_EQ(meaning(400, "XAmzContentSHA256Mismatch"), S3Meaning::damaged);
  EXPECT_EQ(meaning(400, "BadDigest"), S3Meaning::damaged);
}

TEST(S3AnswerTest, AReasonSaysWhatToDo) {
  const auto reason = [](unsigned status, const std::string& code) {
    return reason_of(status, S3ErrorBody{code, "words", ""});
  };
  EXPECT_EQ(reason(403, "SignatureDoesNotMatch"),
            "status 403, SignatureDoesNotMatch (words); check the secret key");
  EXPECT_NE(reason(501, "NotImplemented").find("conditional writes"), std::string::npos);
  EXPECT_NE(reason(403, "Forbidden").find("may read, write and list"), std::string::npos);
  EXPECT_NE(reason_of(301, std::nullopt).find("region"), std::string::npos);
  EXPECT_EQ(reason_of(503, std::nullopt), "status 503");
}

}  // namespace
}  // namespace holdfast
